/** How the plane lies under the window: window = plane * scale + offset, in CSS pixels. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** A part of the window, CSS pixels. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Box {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

const [least, most] = [0.02, 4];

/** The camera nearer by a factor, with what is at (x, y) staying there. */
export function zoomed(camera: Camera, factor: number, x: number, y: number): Camera {
  const scale = Math.min(Math.max(camera.scale * factor, least), most);
  const by = scale / camera.scale;
  return { x: x - (x - camera.x) * by, y: y - (y - camera.y) * by, scale };
}

/** The camera that shows a box in the middle, never larger than `largest`. */
export function fitted(box: Box, frame: { readonly width: number; readonly height: number }, largest = 1.15): Camera {
  const margin = Math.min(44, frame.width * 0.06);
  // The words at the bottom must not lie on the picture.
  const foot = frame.height > 300 ? 26 : 0;
  const width = Math.max(box.x2 - box.x1, 1);
  const height = Math.max(box.y2 - box.y1, 1);
  const scale = Math.max(
    Math.min((frame.width - 2 * margin) / width, (frame.height - 2 * margin - foot) / height, largest),
    least,
  );
  return {
    scale,
    x: (frame.width - (box.x1 + box.x2) * scale) / 2,
    y: (frame.height - foot - (box.y1 + box.y2) * scale) / 2,
  };
}

/** The part of the plane that a frame shows. */
export function seen(camera: Camera, frame: { readonly width: number; readonly height: number }): Box {
  const { x, y, scale } = camera;
  return { x1: -x / scale, y1: -y / scale, x2: (frame.width - x) / scale, y2: (frame.height - y) / scale };
}
