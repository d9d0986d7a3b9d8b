import type { Config } from '../config/index.js';
import { nightlyStages, type Stage, type StageName, stageNames } from '../stage.js';
import { clean } from './clean.js';
import { evaluation } from './evaluation.js';
import { features } from './features.js';
import { gate } from './gate.js';
import { load } from './load.js';
import { publish } from './publish.js';
import { recommendations } from './recommendations.js';
import { score } from './score.js';
import { scoreRecommendations } from './score-recommendations.js';
import { scoreValues } from './score-values.js';
import { segments } from './segments.js';
import { value } from './value.js';

const stages: Record<StageName, Stage> = {
  load,
  clean,
  features,
  value,
  segments,
  recommendations,
  score,
  scoreValues,
  scoreRecommendations,
  evaluation,
  gate,
  publish,
};

/** The wanted stages in the order in which they run, each with the reason why it has nothing to do, if so. */
export function chosenStages(
  config: Config,
  wanted: readonly StageName[] = nightlyStages,
): { stage: Stage; idle?: string }[] {
  return stageNames
    .filter(name => wanted.includes(name))
    .map(name => ({ stage: stages[name], idle: stages[name].idle?.(config) }));
}
