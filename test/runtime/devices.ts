import { existsSync } from 'node:fs';
import type { Device, SessionOptions } from '../../src/runtime/session.js';

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** A device to test on. Software Vulkan (Debian's chromium brings SwiftShader) stands in for a GPU. */
export interface TestDevice {
  name: Exclude<Device, 'auto'>;
  options: SessionOptions;
}

/**
 * The devices that every test of operators runs on: the CPU, and WebGPU without fallback to the CPU. Where CI is set a
 * missing WebGPU is an error; elsewhere the tests say what they skip.
 */
export function testDevices(): TestDevice[] {
  const devices: TestDevice[] = [{ name: 'cpu', options: { device: 'cpu', threads: 1 } }];
  if (!process.env.VK_ICD_FILENAMES && existsSync(SWIFTSHADER)) process.env.VK_ICD_FILENAMES = SWIFTSHADER;
  if (process.env.VK_ICD_FILENAMES) {
    devices.push({ name: 'webgpu', options: { device: 'webgpu', strict: true } });
  } else if (process.env.CI) {
    throw new Error(`no WebGPU for the tests: ${SWIFTSHADER} is missing (install chromium)`);
  } else {
    console.warn(`skipped: tests on WebGPU, because ${SWIFTSHADER} is missing (install chromium)`);
  }
  return devices;
}
