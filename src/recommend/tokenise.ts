/** Splits text into words by the rules of Unicode, with dictionaries for scripts that have no spaces. */
const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

/** Text of which the segmenter's words are exactly the runs of letters and digits, which is much faster to say. */
const plain = /^[a-z0-9 \t\r\n!"#$%&()*+/<=>?@[\]^`{|}~-]*$/;

const plainWords = /[a-z0-9]+/g;

/**
 * The words of a text in any language, lower-cased and in compatibility form (NFKC), so that `Ｃａｆｅ́` and
 * `café` are one; punctuation is dropped. (Word boundaries: Unicode Standard Annex 29; Chinese, Japanese, Thai
 * and other scripts without spaces by the dictionaries of ICU.)
 */
export function tokenise(text: string): string[] {
  const lower = text.toLowerCase();
  if (plain.test(lower)) return lower.match(plainWords) ?? [];
  const folded = text.normalize('NFKC').toLowerCase();
  return Array.from(segmenter.segment(folded))
    .filter(({ isWordLike }) => isWordLike)
    .map(({ segment }) => segment);
}
