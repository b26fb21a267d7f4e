/** Entry of the worker: the page hands it a port, and everything else goes through that. */
import { MapEngine } from './engine.ts';
import type { ToMap } from './messages.ts';

self.addEventListener(
  'message',
  ({ data: port }: MessageEvent<MessagePort>) => {
    let engine: MapEngine | undefined;
    port.onmessage = ({ data }: MessageEvent<ToMap>) => {
      if (data.kind === 'start') engine = new MapEngine(data, (message) => port.postMessage(message));
      else engine?.take(data);
    };
  },
  { once: true },
);
