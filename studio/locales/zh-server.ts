/** The words of what the page does with a service, in Chinese. */
import type { ServerWords } from './en-server.js';

export const zhServer: ServerWords = {
  name: '服务器',
  titles: { picture: '原尺寸图片', video: '视频', train: '在哪里学习' },
  places: { device: '在这台设备上', server: '在服务器上' },
  token: '令牌',
  tokenHint: '令牌由服务器的管理者提供，保存在这个浏览器里。在此之前由这台设备绘制。',
  use: '使用',
  forget: '忘记令牌',
  privacy: {
    picture: (host) => `照片会发送到 ${host}，绘制后即从那里删除。`,
    video: (host) => `视频会发送到 ${host}，绘制后即从那里删除。`,
    train: (host) => `画作和照片的小副本会发送到 ${host}，学完即从那里删除。学习期间请不要关闭这个页面。`,
  },
  onDevice: {
    mask: '有蒙版时由这台设备绘制：服务器不支持蒙版。',
    mix: '与我的风格混合时，由这台设备绘制。',
    style: '这个风格来自其他程序，由这台设备绘制。',
  },
  steps: {
    sending: '正在发送到服务器',
    waiting: '正在等待服务器',
    drawing: '服务器正在绘制',
    fetching: '正在从服务器取回',
  },
  failures: {
    token: '服务器不接受这个令牌。请输入另一个，或询问服务器的管理者。',
    scope: (scope) => `这个令牌没有所需的权限。请向服务器的管理者索取带有 “${scope}” 权限的令牌。`,
    quota: '这个令牌在服务器上的额度已用完。请稍后再试，或在这台设备上绘制。',
    tooMany: '对服务器的请求太频繁。请等一分钟，或在这台设备上绘制。',
    away: '现在无法连接服务器。请稍后再试，或在这台设备上绘制。',
    tooLong: '服务器绘制时间过长，已放弃。请用较小的照片，或在这台设备上绘制。',
    tooLarge: (name) => `${name || '这张照片'}对服务器来说太大了。请用较小的照片，或在这台设备上绘制。`,
    notLearned: (why) => `服务器没有学成：${why}。请重试，或让这台设备学习。`,
    cancelled: '服务器取消了绘制。请重试，或在这台设备上绘制。',
    refused: (name, why) =>
      `服务器不能绘制${name ? ` ${name}` : '这张照片'}：${why}。请换一张，或在这台设备上绘制。`,
    other: (why) => `服务器没有完成：${why}。请重试，或在这台设备上绘制。`,
  },
};
