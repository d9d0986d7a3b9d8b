import colors from 'picocolors';
import type { Plan } from '../../nightly/plan.js';
import { shortPath } from './closing.js';
import { bytes } from './quantities.js';
import { table } from './table.js';

/** A plan as three short lists. */
export function planText({ name, device, seed, memory, inputs, stages, output }: Plan): string {
  const read = inputs.map(input => [
    input.source,
    shortPath(input.path),
    input.bytes === undefined ? 'a database' : bytes(input.bytes),
  ]);
  const done = stages.map(({ stage, does, idle }) =>
    idle === undefined ? [stage, does] : [colors.dim(stage), colors.dim(`nothing: ${idle}`)],
  );
  return [
    `${colors.bold(name)}: device ${device}, seed ${seed}, ${memory} of memory`,
    table([{ heading: 'reads' }, { heading: '' }, { heading: '', align: 'right' }], read),
    table([{ heading: 'does' }, { heading: '' }], done),
    output
      ? `Writes ${output.format} to ${shortPath(output.folder)}`
      : 'Writes nothing; --out says where to.',
    colors.dim('A dry run: nothing was read and nothing was written.'),
  ].join('\n\n');
}
