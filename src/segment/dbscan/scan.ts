/** What a scan of the customers found, by customer. */
export interface Scan {
  /** 1 for who has enough neighbours. */
  core: Uint8Array;
  /** The same number for all of one cluster; -1 for noise. */
  groups: Int32Array;
}
