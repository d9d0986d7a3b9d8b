import * as tf from '@tensorflow/tfjs-core';
import { openDevice } from '#kindred/device/index.js';
import { Dbscan } from '#kindred/segment/index.js';
import { clock } from './alternate.js';
import { groupsApart } from './groups-apart.js';

const [customers, features] = process.argv.slice(2).map(Number);

const device = await openDevice('native');
const x = tf.tensor2d(groupsApart(3, { groups: 20, features, customers, spread: 0.5, noise: 0.02 }), [
  features,
  customers,
]);
const model = new Dbscan({ eps: 0.2, minPoints: 10 });
const fitting = await clock(() => model.fit(x));
await device.close();
const peakBytes = 1024 * process.resourceUsage().maxRSS;
console.log(JSON.stringify({ fitting, clusters: model.clusters, peakBytes }));
