import { existsSync } from 'node:fs';

/**
 * Tells whether there is a graphics device at all: software Vulkan, which needs none, is far slower than the CPU
 * kernels.
 */
export function hasGpu(): boolean {
  if (process.platform !== 'linux') return true;
  return existsSync('/dev/dri/renderD128') || existsSync('/dev/nvidia0');
}
