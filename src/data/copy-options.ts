/** How DuckDB writes our files. Its own temporary file would stay behind when the disk is full. */
export const copyOptions = {
  parquet: 'FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false',
  csv: 'FORMAT csv, HEADER true, USE_TMP_FILE false',
};
