import { z } from 'zod';
import { scalesSchema, sourceSchema } from '../../data/index.js';
import { deviceNames } from '../../device/device.js';
import { evaluationSchema } from './evaluation.js';
import { featuresSchema } from './features.js';
import { gateSchema } from './gate.js';
import { incrementalSchema } from './incremental.js';
import { momentSchema } from './moment.js';
import { outputSchema } from './output.js';
import { recommendationsSchema } from './recommendations.js';
import { driftSchema, segmentsSchema } from './segments.js';
import { valueSchema } from './value.js';
import { wholeNumber } from './whole-number.js';

/** Everything a nightly run needs to know; `kindred nightly --schema` prints it as JSON Schema. */
export const configSchema = z
  .strictObject({
    name: z.string().min(1).default('Kindred').describe('Name of the shop, for headings'),
    seed: wholeNumber(0)
      .default(0)
      .describe('Start of all chance: the same seed and data give the same results'),
    device: z
      .enum(['auto', ...deviceNames])
      .default('auto')
      .describe('Where to compute'),
    threads: wholeNumber(1).optional().describe('Processor threads; all cores unless told'),
    memory: z
      .union([
        z.string().regex(/^\d+(\.\d+)?\s*([KMGT]i?)?B$/i, 'expected a size such as 4GB or 512MB'),
        wholeNumber(1),
      ])
      .default('4GB')
      .describe(
        'Memory that the process may take, such as 2GB. The data engine has a third of what is beyond 180 MB, and spills to disk; features of k-means beyond a quarter of it, and purchases beyond three eighths, stay there: segments are then within it from 240 MB and 45 bytes a customer on, and recommenders that have to hold customers are fitted to a sample. The features of other algorithms and the values of customers take what they need',
      ),
    snapshot: momentSchema
      .optional()
      .describe('The moment that recency is counted to; the day after the last transaction unless told'),
    output: outputSchema.prefault({}).describe('Where the results go'),
    sources: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/, 'expected a name of letters, digits and _'), sourceSchema)
      .describe('The data by name: transactions, customers, items, browsing, feedback or a name of your own'),
    features: featuresSchema
      .optional()
      .describe(
        'What segments are made of: a list, or auto to choose among what the data have; recency, frequency and monetary of the transactions unless told',
      ),
    scale: scalesSchema.default('standard').describe('Scaling of every feature that does not say its own'),
    segments: z
      .union([segmentsSchema, z.literal(false)])
      .prefault({})
      .describe('Segments of customers who are alike, or false'),
    drift: z
      .union([driftSchema, z.literal(false)])
      .prefault({})
      .describe('Comparison with the segments of the night before, or false'),
    value: z
      .union([valueSchema, z.literal(false)])
      .prefault({})
      .describe('RFM scores and lifetime values, or false'),
    recommendations: z
      .union([recommendationsSchema, z.literal(false)])
      .prefault({})
      .describe('Recommendations to every customer, or false'),
    evaluation: evaluationSchema
      .prefault({})
      .describe('How kindred evaluate compares recommenders; a night does not'),
    incremental: z
      .union([incrementalSchema, z.literal(false)])
      .default(false)
      .describe(
        'Whether nights between full ones keep the recommendations of customers for whom little has changed',
      ),
    gate: z
      .union([gateSchema, z.literal(false)])
      .prefault({})
      .describe('What a night must reach to be published, or false'),
  })
  .describe('A nightly run of Kindred');

/** A checked configuration, defaults filled in. */
export type Config = z.output<typeof configSchema>;
/** A configuration as it is written. */
export type ConfigInput = z.input<typeof configSchema>;

/** The JSON Schema of kindred.yaml, for editors. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
}
