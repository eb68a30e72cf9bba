/** A published result of super-resolution: the means over a set, PSNR in dB and SSIM on luma. */
export interface PublishedScores {
  psnr: number;
  ssim: number;
}

/** The columns of the paper's figure 8. */
export type PublishedMethod = 'bicubic' | 'pixel loss' | 'SRCNN' | 'feature loss';

/**
 * The figures of Johnson, Alahi and Fei-Fei 2016 for x4 super-resolution (figure 8), by the names of the sets' folders.
 */
export const PUBLISHED_X4: Readonly<Record<string, Record<PublishedMethod, PublishedScores>>> = {
  Set5: {
    bicubic: { psnr: 28.43, ssim: 0.8114 },
    'pixel loss': { psnr: 28.4, ssim: 0.8205 },
    SRCNN: { psnr: 30.48, ssim: 0.8628 },
    'feature loss': { psnr: 27.09, ssim: 0.768 },
  },
  Set14: {
    bicubic: { psnr: 25.99, ssim: 0.7301 },
    'pixel loss': { psnr: 25.75, ssim: 0.6994 },
    SRCNN: { psnr: 27.49, ssim: 0.7503 },
    'feature loss': { psnr: 24.99, ssim: 0.6731 },
  },
  BSD100: {
    bicubic: { psnr: 25.96, ssim: 0.682 },
    'pixel loss': { psnr: 25.91, ssim: 0.668 },
    SRCNN: { psnr: 26.9, ssim: 0.7101 },
    'feature loss': { psnr: 24.95, ssim: 0.6317 },
  },
};
