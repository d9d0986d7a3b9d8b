import { DeviceError } from '../../errors.js';

/** WebGPU's name of each optional feature that kernels can use, by our name. */
const featureNames = {
  subgroups: 'subgroups',
  f16: 'shader-f16',
  matrix: 'chromium-experimental-subgroup-matrix',
} as const;

type Feature = keyof typeof featureNames;

/** What the experimental feature needs beside itself. */
const matrixNeeds: Feature[] = ['matrix', 'f16', 'subgroups'];

/**
 * The features that `KINDRED_WEBGPU_FEATURES` names, separated by commas: no others are used, and to name one is to
 * demand it. Undefined where it is not set: then those that are no experiments are used where they are.
 *
 * @throws DeviceError if it names an unknown one.
 */
function demanded(): Feature[] | undefined {
  const text = process.env.KINDRED_WEBGPU_FEATURES;
  if (text === undefined) return undefined;
  const names = text.split(',').filter(name => name !== '' && name !== 'none');
  const unknown = names.find(name => !(name in featureNames));
  if (unknown !== undefined) {
    throw new DeviceError({
      expected: `features out of ${Object.keys(featureNames).join(', ')} in KINDRED_WEBGPU_FEATURES`,
      found: `"${unknown}"`,
    });
  }
  return names.includes('matrix')
    ? [...new Set([...(names as Feature[]), ...matrixNeeds])]
    : (names as Feature[]);
}

/** Whether Dawn has to be told to hand out experiments. */
export function wantsExperiments(): boolean {
  return demanded()?.includes('matrix') ?? false;
}

/**
 * The features to ask a card for, by WebGPU's names.
 *
 * @throws DeviceError if `KINDRED_WEBGPU_FEATURES` names one that the card does not have.
 */
export function featuresToAskFor(offered: GPUSupportedFeatures): GPUFeatureName[] {
  const has = (name: string) => offered.has(name as GPUFeatureName);
  const wanted = demanded();
  const missing = wanted?.find(feature => !has(featureNames[feature]));
  if (missing) {
    throw new DeviceError({
      expected: `the graphics card to have ${missing} (${featureNames[missing]}), as KINDRED_WEBGPU_FEATURES says`,
      found: 'that it does not offer it',
    });
  }
  const features = wanted ?? (['subgroups', 'f16'] as const);
  return [...features.map(feature => featureNames[feature]), 'timestamp-query'].filter(
    has,
  ) as GPUFeatureName[];
}

/** What Dawn tells of matrix units. */
interface MatrixInfo {
  subgroupMaxSize?: number;
  subgroupMatrixConfigs?: {
    componentType: string;
    resultComponentType: string;
    M: number;
    N: number;
    K: number;
  }[];
}

/** Whether the matrix units multiply as half-product.matrix.wgsl wants it. */
function suits({ subgroupMaxSize = 128, subgroupMatrixConfigs = [] }: MatrixInfo): boolean {
  const fitting = subgroupMatrixConfigs.some(
    ({ componentType, resultComponentType, M, N, K }) =>
      componentType === 'f16' && resultComponentType === 'f32' && M === 16 && N === 16 && K === 16,
  );
  return fitting && subgroupMaxSize <= 32;
}

/** Which variants of kernels an open card can run. */
export function variantsOf(features: GPUSupportedFeatures, info: GPUAdapterInfo): Feature[] {
  return (['matrix', 'f16', 'subgroups'] as const)
    .filter(feature => features.has(featureNames[feature] as GPUFeatureName))
    .filter(feature => feature !== 'matrix' || suits(info as MatrixInfo));
}
