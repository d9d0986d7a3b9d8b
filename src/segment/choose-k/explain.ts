import { type Criterion, choiceOf, criteria, type KFigures } from './criteria.js';

const names: Record<Criterion, string> = {
  silhouette: 'the silhouette',
  elbow: 'the elbow',
  'calinski-harabasz': 'Calinski-Harabasz',
  'davies-bouldin': 'Davies-Bouldin',
  gap: 'the gap statistic',
};

const figureOf: Partial<Record<Criterion, (figures: KFigures) => number>> = {
  silhouette: ({ silhouette }) => silhouette,
  'calinski-harabasz': ({ calinskiHarabasz }) => calinskiHarabasz,
  'davies-bouldin': ({ daviesBouldin }) => daviesBouldin,
};

/** Why it is this number of segments, in one sentence. */
export function explainChoice(k: number, criterion: Criterion, curve: readonly KFigures[]): string {
  const chosen = curve.find(figures => figures.k === k)!;
  const others = criteria.filter(other => other !== criterion).map(other => [other, choiceOf(other, curve)]);
  const agree = others.filter(([, choice]) => choice === k).map(([other]) => names[other as Criterion]);
  const differ = [...new Set(others.map(([, choice]) => choice))]
    .filter(choice => choice !== undefined && choice !== k)
    .map(choice => {
      const those = others
        .filter(([, other]) => other === choice)
        .map(([other]) => names[other as Criterion]);
      return `${listed(those)} ${those.length > 1 ? 'are' : 'is'} for ${choice}`;
    });
  const support = agree.length > 0 ? `${listed(agree)} ${agree.length > 1 ? 'agree' : 'agrees'}` : '';
  const rest = [support, listed(differ)].filter(Boolean).join(', ');
  return `${k} segment${k === 1 ? '' : 's'}: ${because(chosen, criterion, curve)}${rest ? `; ${rest}` : ''}.`;
}

function because(chosen: KFigures, criterion: Criterion, curve: readonly KFigures[]): string {
  const figure = figureOf[criterion];
  if (figure) {
    const sign = criterion === 'davies-bouldin' ? -1 : 1;
    const next = curve
      .filter(figures => figures.k !== chosen.k && !Number.isNaN(figure(figures)))
      .sort((a, b) => sign * (figure(b) - figure(a)))[0];
    const second = next ? `, before ${rounded(figure(next))} with ${next.k}` : '';
    return `${names[criterion]} is best with ${rounded(figure(chosen))}${second}`;
  }
  if (criterion === 'elbow') {
    return choiceOf(criterion, curve) === undefined
      ? 'the fewest, since the inertia falls without an elbow'
      : 'more of them lower the inertia but slowly';
  }
  return `${names[criterion]}, ${rounded(chosen.gap)}, does not grow beyond its error with more of them`;
}

function rounded(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(3);
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
