import { z } from 'zod';

/** A whole number not below `least`. */
export const wholeNumber = (least: number) => z.number().int().min(least);
