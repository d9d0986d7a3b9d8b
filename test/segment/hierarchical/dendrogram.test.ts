import { describe, expect, it } from 'vitest';
import { dendrogram, drawDendrogram, linkage, newick } from '../../../src/segment/hierarchical/index.js';
import { onDevice } from '../../devices.js';
import { matrix } from '../tables.js';

describe('a hierarchy', () => {
  onDevice('cpu');

  it('is written as Newick text', async () => {
    const tree = await linkage(matrix([[0, 1, 3, 10]]), { method: 'single' });
    expect(newick(tree)).toBe('(3:7,(2:2,(0:1,1:1):1):5);');
    expect(newick(tree, ['a b', "o'c", 'c', 'D_1'])).toBe("('D_1':7,(c:2,('a b':1,'o''c':1):1):5);");
    expect(newick(await linkage(matrix([[5]])))).toBe('0;');
  });

  it('is written as Newick text where it is very deep', async () => {
    const tree = await linkage(matrix([Array.from({ length: 3000 }, (_, i) => i * i)]), { method: 'single' });
    expect(newick(tree).split('(').length).toBe(3000);
  });

  it('is laid out', async () => {
    const tree = await linkage(matrix([[0, 1, 3, 10]]), { method: 'single' });
    const { leaves, links } = dendrogram(tree, { names: ['a', 'b', 'c', 'd'] });
    expect(leaves.map(({ name }) => name)).toEqual(['d', 'c', 'a', 'b']);
    expect(links).toEqual([
      { cluster: 4, size: 2, height: 1, left: 2, leftHeight: 0, right: 3, rightHeight: 0 },
      { cluster: 5, size: 3, height: 2, left: 1, leftHeight: 0, right: 2.5, rightHeight: 1 },
      { cluster: 6, size: 4, height: 7, left: 0, leftHeight: 0, right: 1.75, rightHeight: 2 },
    ]);
  });

  it('shows no more leaves than asked for', async () => {
    const tree = await linkage(matrix([[0, 1, 3, 10]]), { method: 'single' });
    const { leaves, links } = dendrogram(tree, { leaves: 2 });
    expect(leaves.map(({ name, size }) => [name, size])).toEqual([
      ['3', 1],
      ['(3)', 3],
    ]);
    expect(links.length).toBe(1);
    expect(dendrogram(tree, { leaves: 1 }).leaves).toEqual([
      { position: 0, cluster: 6, size: 4, name: '(4)' },
    ]);
    expect(dendrogram(await linkage(matrix([[5]])))).toEqual({
      leaves: [{ position: 0, cluster: 0, size: 1, name: '0' }],
      links: [],
    });
  });

  it('tells how many customers the clusters stand for that were merged', async () => {
    const tree = await linkage(matrix([[0, 1, 3, 10]]), { method: 'single', weights: [5, 6, 7, 1] });
    const { leaves } = dendrogram(tree, { leaves: 3, sizes: [5, 6, 7, 1] });
    expect(leaves.map(({ name, size }) => [name, size])).toEqual([
      ['(1)', 1],
      ['(7)', 7],
      ['(11)', 11],
    ]);
  });

  it('is drawn', async () => {
    const tree = await linkage(matrix([[0, 1, 3, 10]]), { method: 'single' });
    const layout = dendrogram(tree, { names: ['Ann', 'Bob', 'Cy', 'Di'] });
    const svg = await drawDendrogram(layout, { title: 'Customers', cut: 3 });
    for (const text of ['<svg', 'Customers', 'Ann', 'Di', 'Height of the merger', 'stroke-dasharray']) {
      expect(svg).toContain(text);
    }
  });
});
