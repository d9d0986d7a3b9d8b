import { z } from 'zod';
import { cleaningStepSchema } from './cleaning-step.js';

/** What a column means to the engine; a source's own columns are renamed to these. */
export const roles = [
  'customer',
  'basket',
  'item',
  'time',
  'quantity',
  'price',
  'amount',
  'rating',
  'text',
  'name',
  'category',
  'description',
] as const;

export type Role = (typeof roles)[number];

export const sourceFormats = [
  'csv',
  'parquet',
  'json',
  'arrow',
  'duckdb',
  'sqlite',
  'postgres',
  'mysql',
] as const;

export type SourceFormat = (typeof sourceFormats)[number];

export const encodings = ['utf-8', 'latin-1', 'utf-16'] as const;

/** Type of a column, with the format of a date or time where it needs one. */
export const columnTypeSchema = z
  .string()
  .regex(
    /^(text|number|integer|boolean|date|timestamp|(date|timestamp) .*%.+|timestamp unix(-ms)?)$/,
    'expected text, number, integer, boolean, date, timestamp, "date %d.%m.%Y", "timestamp %m/%d/%Y %H:%M", "timestamp unix" or "timestamp unix-ms"',
  )
  .describe(
    'text, number, integer, boolean, date, timestamp; a date or timestamp may be followed by its format, as in "timestamp %m/%d/%Y %H:%M", or by unix or unix-ms for seconds or milliseconds since 1970',
  );

const path = z.string().min(1);

export const sourceSchema = z
  .strictObject({
    path: z
      .union([path, z.array(path).min(1)])
      .describe(
        'A file, a glob such as orders-*.csv, or a list of them, relative to the configuration file; or sqlite:shop.db, postgres:dbname=shop, mysql:database=shop',
      ),
    format: z.enum(sourceFormats).optional().describe('Format of the files. Default: told by the extension'),
    encoding: z.enum(encodings).optional().describe('Encoding of text files. Default: utf-8'),
    delimiter: z
      .string()
      .min(1)
      .optional()
      .describe(
        'What separates the fields of a text file: one character, tab, or whitespace for aligned columns. Default: detected',
      ),
    quote: z
      .string()
      .max(1)
      .optional()
      .describe('What quotes a field of a text file; empty for nothing. Default: "'),
    decimal: z.enum(['.', ',']).optional().describe('Decimal separator of a text file. Default: .'),
    header: z
      .boolean()
      .optional()
      .describe(
        'Whether the first line of a text file names the columns. Default: true, or false if names are given',
      ),
    names: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('Names of the columns of a text file without header'),
    nulls: z
      .array(z.string())
      .optional()
      .describe('Texts that stand for a missing value, such as NA or a blank. The empty text always does'),
    table: z
      .string()
      .min(1)
      .optional()
      .describe('Table of a database file, or schema.table. Default: its only table'),
    columns: z
      .partialRecord(z.enum(roles), z.string().min(1))
      .optional()
      .describe(
        'Which column of the source plays which role; a column that has the name of the role already needs no entry',
      ),
    types: z
      .record(z.string(), columnTypeSchema)
      .optional()
      .describe('Types of columns, by their name in the source. Default: told by the values'),
    clean: z.array(cleaningStepSchema).optional().describe('Cleaning steps, applied in this order'),
  })
  .describe('A table of the shop: where it is, how it is read, what its columns mean and how it is cleaned');

export type Source = z.infer<typeof sourceSchema>;
