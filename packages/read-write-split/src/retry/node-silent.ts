/** What a call is given up with when its node has fallen silent: nobody knows whether it was carried out. */
export class NodeSilent extends Error {
  override readonly name = 'NodeSilent';

  constructor(node: string) {
    super(`${node} fell silent`);
  }
}
