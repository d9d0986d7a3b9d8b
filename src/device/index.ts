export { type Device, type DeviceFacts, type DeviceName, deviceNames, type OpenOptions } from './device.js';
export { type DeviceReport, listDevices, type OpenDeviceOptions, openDevice, paysToMove } from './open.js';
export { returnMemory } from './return-memory.js';
