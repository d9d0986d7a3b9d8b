import { defineCommand, deviceOptions } from './command.js';

export const devices = defineCommand({
  usage: 'devices',
  describe: 'List every device: what it is and can do, or why it is not there and how to get it',
  positionals: {},
  options: { threads: deviceOptions.threads },
  examples: [
    ['kindred devices', 'What this machine can compute on'],
    ['kindred devices --json', 'The same for a script'],
  ],
  async run({ threads }, terminal) {
    const { listDevices } = await import('../device/index.js');
    const { deviceTable } = await import('./print/devices.js');
    const reports = await listDevices({ threads });
    terminal.result({ devices: reports }, deviceTable(reports));
  },
});
