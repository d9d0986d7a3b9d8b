/** Groups that only ever merge (union-find with path halving; the smaller number becomes the root). */
export class Components {
  readonly #parent: Int32Array;

  /** Everybody alone. */
  constructor(customers: number) {
    this.#parent = Int32Array.from({ length: customers }, (_, i) => i);
  }

  /** The least of the group's members that `customer` belongs to: its name. */
  find(customer: number): number {
    const parent = this.#parent;
    let at = customer;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]];
      at = parent[at];
    }
    return at;
  }

  /** Merges two groups; returns whether they were two. */
  unite(a: number, b: number): boolean {
    const rootA = this.find(a);
    const rootB = this.find(b);
    if (rootA === rootB) return false;
    if (rootA < rootB) this.#parent[rootB] = rootA;
    else this.#parent[rootA] = rootB;
    return true;
  }
}
