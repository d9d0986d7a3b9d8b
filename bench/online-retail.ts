import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Database } from '#kindred/data/index.js';

const features = 3;

/**
 * Recency, frequency and monetary value of the customers of Online Retail, `log1p` and standardised:
 * `[3, customers]`. Undefined where KINDRED_DATASETS does not name a folder that has it.
 */
export async function onlineRetail(): Promise<Float32Array | undefined> {
  const file = join(process.env.KINDRED_DATASETS ?? '', 'online-retail', 'OnlineRetail.csv.gz');
  if (!existsSync(file)) return undefined;
  const db = await Database.open();
  const customers = await db.rows<Record<'recency' | 'frequency' | 'monetary', number>>(`
    SELECT date_diff('minute', max(strptime(InvoiceDate, '%m/%d/%Y %H:%M')), TIMESTAMP '2011-12-10 12:50') // 1440
             AS recency,
           count(DISTINCT InvoiceNo) AS frequency,
           sum(CAST(Quantity AS DOUBLE) * CAST(UnitPrice AS DOUBLE)) AS monetary
    FROM read_csv('${file.replaceAll("'", "''")}', encoding = 'latin-1', all_varchar = true)
    WHERE CustomerID IS NOT NULL AND InvoiceNo NOT LIKE 'C%'
      AND CAST(Quantity AS DOUBLE) > 0 AND CAST(UnitPrice AS DOUBLE) > 0
    GROUP BY CustomerID ORDER BY CustomerID`);
  await db.close();
  const x = new Float32Array(features * customers.length);
  for (const [f, name] of (['recency', 'frequency', 'monetary'] as const).entries()) {
    x.set(standardised(customers.map(customer => Math.log1p(customer[name]))), f * customers.length);
  }
  return x;
}

function standardised(values: number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return values.map(value => (value - mean) / Math.sqrt(variance));
}
