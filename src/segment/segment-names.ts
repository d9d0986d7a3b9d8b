import type { Distinction, SegmentProfile } from './segment-profile.js';

type Unnamed = Omit<SegmentProfile, 'name'>;

/** Words for a feature that is very low, low, high, very high. */
type Scale = [veryLow: string, low: string, high: string, veryHigh: string];

const recency: Scale = ['active', 'recent', 'lapsing', 'long gone'];
const frequency: Scale = ['rare', 'occasional', 'frequent', 'very frequent'];
const spenders: Scale = ['minimal spenders', 'small spenders', 'big spenders', 'top spenders'];

/** A name says no more than so many things. */
const mostWords = 3;

function word(scale: Scale, { direction, very }: Distinction): string {
  if (direction === 'low') return scale[very ? 0 : 1];
  return scale[very ? 3 : 2];
}

/** `Annual Income (k$)` → `annual income`, `pages_seen`, `pagesSeen` → `pages seen`; abbreviations stay in capitals. */
function spoken(feature: string): string {
  const words = feature
    .replace(/\s*[([].*?[)\]]/g, '')
    .replace(/[_.]+/g, ' ')
    .replace(/(\p{Ll})(\p{Lu})|(\p{Lu})(?=\p{Lu}\p{Ll})/gu, '$1$3 $2')
    .trim();
  return (
    words.replace(/\p{L}+/gu, part => (/^\p{Lu}{2,}$/u.test(part) ? part : part.toLowerCase())) || feature
  );
}

function describe({ distinctions, features, size }: Unnamed): string {
  if (size === 0) return 'Nobody';
  const told = distinctions.slice(0, mostWords);
  if (told.length === 0) return 'Average customers';
  const find = (pattern: RegExp) => told.find(({ feature }) => pattern.test(feature));
  const [r, f, m] = [find(/^recency/i), find(/^frequency/i), find(/^(monetary|revenue|spend)/i)];
  const others = told
    .filter(distinction => distinction !== r && distinction !== f && distinction !== m)
    .map(d => `${d.very ? 'very ' : ''}${d.direction} ${spoken(d.feature)}`)
    .join(', ');
  if (!r && !f && !m) return others;

  const once =
    f && features.some(({ name, median }) => name === f.feature && f.direction === 'low' && median <= 1);
  const adjectives = [r && word(recency, r), f && (once ? 'one-time' : word(frequency, f))].filter(Boolean);
  const noun = m ? word(spenders, m) : f ? 'buyers' : 'customers';
  return `${[adjectives.join(', '), noun].filter(Boolean).join(' ')}${others && ` with ${others}`}`;
}

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** Of segments that would share a name, each with the median of the feature in which they differ most. */
function toldApart(sameName: readonly Unnamed[]): string[] {
  const spreads = sameName[0].features.map((_, f) => {
    const ranks = sameName.map(({ features }) => features[f].rankDifference);
    return Math.max(...ranks) - Math.min(...ranks);
  });
  const f = spreads.indexOf(Math.max(...spreads));
  if (f < 0) return sameName.map(() => '');
  return sameName.map(
    ({ features }) => ` (${spoken(features[f].name)} near ${number.format(features[f].median)})`,
  );
}

/** A readable name for each segment, from what sets it apart; no two alike. */
export function nameSegments(segments: readonly Unnamed[]): string[] {
  const names = segments.map(describe).map(name => name.charAt(0).toUpperCase() + name.slice(1));
  for (const name of new Set(names)) {
    const places = [...names.keys()].filter(i => names[i] === name);
    if (places.length === 1) continue;
    toldApart(places.map(i => segments[i])).forEach((suffix, i) => {
      names[places[i]] += suffix;
    });
  }
  const seen = new Map<string, number>();
  return names.map(name => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}, ${count}`;
  });
}
