import { bench } from './bench.js';
import { devices } from './devices.js';
import { evaluate } from './evaluate.js';
import { nightly } from './nightly.js';
import { recommend } from './recommend.js';
import { sample } from './sample.js';
import { score } from './score.js';
import { segment } from './segment.js';
import { value } from './value.js';

/** Every verb, in the order of `kindred --help`. */
export const verbs = [nightly, segment, score, value, recommend, evaluate, sample, devices, bench];
