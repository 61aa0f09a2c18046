// Brush strokes in whole numbers: the same pixels as `apply_stroke` in strokes.py, at once.

export function joinPoints(points) {
  const path = [points[0]];
  for (let i = 1; i < points.length; i++) {
    const [x, y] = points[i - 1];
    const [dx, dy] = [points[i][0] - x, points[i][1] - y];
    const steps = Math.max(Math.abs(dx), Math.abs(dy));
    const along = (n, delta) => Math.floor((2 * n * delta + steps) / (2 * steps));
    for (let n = 1; n <= steps; n++) path.push([x + along(n, dx), y + along(n, dy)]);
  }
  return path;
}

// Paints discs along the points into `mask`, {width, height, ids}; returns the touched rectangle.
export function paintBrush(mask, points, radius, classId) {
  const halves = [];
  for (let dy = -radius; dy <= radius; dy++)
    halves.push(Math.floor(Math.sqrt(radius * radius - dy * dy)));
  const touched = { left: mask.width, top: mask.height, right: 0, bottom: 0 };
  for (const [x, y] of joinPoints(points)) {
    halves.forEach((half, number) => {
      const row = y + number - radius;
      if (row < 0 || row >= mask.height) return;
      const from = Math.max(x - half, 0);
      const to = Math.min(x + half + 1, mask.width);
      if (from < to) mask.ids.fill(classId, row * mask.width + from, row * mask.width + to);
    });
    touched.left = Math.min(touched.left, Math.max(x - radius, 0));
    touched.top = Math.min(touched.top, Math.max(y - radius, 0));
    touched.right = Math.max(touched.right, Math.min(x + radius + 1, mask.width));
    touched.bottom = Math.max(touched.bottom, Math.min(y + radius + 1, mask.height));
  }
  return touched;
}

// Puts pixels in a place [left, top, width, height] of the mask.
export function putRegion(mask, [left, top, width, height], pixels) {
  for (let row = 0; row < height; row++)
    mask.ids.set(
      pixels.subarray(row * width, (row + 1) * width),
      (top + row) * mask.width + left,
    );
  return { left, top, right: left + width, bottom: top + height };
}
