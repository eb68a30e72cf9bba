/**
 * What the page trains: small enough for a tab, and only with layers that the loss network's weights reach.
 *
 * @param {ReadonlyMap<string, unknown>} weights by name
 */
export function trainingSettings(weights) {
  /** @param {string} layer */
  const has = (layer) => weights.has(`${layer.replace('relu', 'conv')}.weight`);
  return {
    size: 96,
    batch: 1,
    seed: 1,
    styleLayers: ['relu1_2', 'relu2_2', 'relu3_3', 'relu4_3'].filter(has),
    contentLayers: ['relu3_3', 'relu2_2'].filter(has).slice(0, 1),
  };
}
