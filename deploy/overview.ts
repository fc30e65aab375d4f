/** Draws overview.png from overview.json, by hand as it were, the same bytes each time; with --check it only compares. */

import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';
import rough from 'roughjs';

type Point = [x: number, y: number];
type Area = [x: number, y: number, width: number, height: number];

interface Picture {
  size: Point;
  title: string;
  seed: number;
  lanes: { title: string; at: Area; fill: string }[];
  kinds: Record<string, { fill: string }>;
  boxes: { id: string; kind: string; at: Area; title: string; lines: string[] }[];
  /** `from` and `to` are `box.side` with an offset along that side. */
  arrows: { kind: string; from: string; to: string; via?: Point[]; label: string; labelAt?: number }[];
  arrowKinds: Record<string, { color: string; width: number; dash?: string; legend: string }>;
  legendAt: Point;
}

const ink = '#22313f';
const font = 'Architects Daughter';
const mostBoxes = 12;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const rounded = (path: string) => path.replace(/-?\d+\.\d+/g, number => Number(number).toFixed(2));

function draw(picture: Picture): string {
  // The types take the package for a module; what runs is its CommonJS bundle.
  const generator = (rough as unknown as (typeof rough)['default']).generator();
  const parts: string[] = [];
  let { seed } = picture;

  const sketch = (shape: ReturnType<typeof generator.path>, dash = '') => {
    for (const path of generator.toPaths(shape)) {
      const dashes = dash === '' || path.fill !== 'none' ? '' : ` stroke-dasharray="${dash}"`;
      parts.push(
        `<path d="${rounded(path.d)}" stroke="${path.stroke}" stroke-width="${path.strokeWidth}" fill="${path.fill ?? 'none'}" stroke-linecap="round"${dashes}/>`,
      );
    }
  };
  const text = (words: string, [x, y]: Point, size: number, color = ink, anchor = 'middle') =>
    parts.push(
      `<text x="${x}" y="${y}" font-family="${font}" font-size="${size}" fill="${color}" text-anchor="${anchor}">${escaped(words)}</text>`,
    );
  const style = (more: object) => ({ seed: seed++, roughness: 1.3, bowing: 1.2, stroke: ink, ...more });

  function anchor(place: string): Point {
    const [, id, side, offset = '0'] = /^(\w+)\.(left|right|top|bottom)([+-]\d+)?$/.exec(place) ?? [];
    const box = picture.boxes.find(candidate => candidate.id === id);
    if (!box) throw new Error(`no such place: ${place}`);
    const [x, y, width, height] = box.at;
    const along = Number(offset);
    switch (side) {
      case 'left':
        return [x - 4, y + height / 2 + along];
      case 'right':
        return [x + width + 4, y + height / 2 + along];
      case 'top':
        return [x + width / 2 + along, y - 4];
      default:
        return [x + width / 2 + along, y + height + 4];
    }
  }

  function head([x, y]: Point, [fromX, fromY]: Point, color: string, width: number) {
    const angle = Math.atan2(y - fromY, x - fromX);
    const length = 11 + width * 2;
    for (const turn of [0.42, -0.42]) {
      const tip: Point = [x - length * Math.cos(angle + turn), y - length * Math.sin(angle + turn)];
      sketch(generator.line(x, y, ...tip, style({ stroke: color, strokeWidth: width, roughness: 0.7 })));
    }
  }

  text(picture.title, [picture.size[0] / 2, 46], 34);
  for (const lane of picture.lanes) {
    const [x, y, width] = lane.at;
    sketch(generator.rectangle(...lane.at, style({ fill: lane.fill, fillStyle: 'solid', stroke: '#b8c0c8', roughness: 1 })));
    text(lane.title, [x + width / 2, y + 32], 22, '#5b6b79');
  }
  const labels: (() => void)[] = [];
  for (const arrow of picture.arrows) {
    const kind = picture.arrowKinds[arrow.kind];
    if (!kind) throw new Error(`no such kind of arrow: ${arrow.kind}`);
    const points = [anchor(arrow.from), ...(arrow.via ?? []), anchor(arrow.to)];
    points.slice(1).forEach((to, index) => {
      const from = points[index] ?? to;
      sketch(
        generator.line(...from, ...to, style({ stroke: kind.color, strokeWidth: kind.width, disableMultiStroke: kind.dash !== undefined })),
        kind.dash,
      );
    });
    const [beforeLast, last] = points.slice(-2) as [Point, Point];
    head(last, beforeLast, kind.color, kind.width);
    if (arrow.label === '') continue;
    const [[fromX, fromY], [toX, toY]] = [points[0], points[1]] as [Point, Point];
    const share = arrow.labelAt ?? 0.5;
    const [x, y] = [fromX + (toX - fromX) * share, fromY + (toY - fromY) * share];
    const width = arrow.label.length * 8.6 + 10;
    labels.push(() => {
      parts.push(
        `<rect x="${(x - width / 2).toFixed(1)}" y="${(y - 12).toFixed(1)}" width="${width.toFixed(1)}" height="24" rx="6" fill="#ffffff" fill-opacity="0.88"/>`,
      );
      text(arrow.label, [x, y + 6], 16, kind.color);
    });
  }
  for (const box of picture.boxes) {
    const [x, y, width, height] = box.at;
    const fill = picture.kinds[box.kind]?.fill;
    if (fill === undefined) throw new Error(`no such kind of box: ${box.kind}`);
    sketch(generator.rectangle(...box.at, style({ fill, fillStyle: 'solid', strokeWidth: 1.6 })));
    const top = y + (height - 28 - box.lines.length * 21) / 2 + 22;
    text(box.title, [x + width / 2, top], 21);
    box.lines.forEach((line, index) => text(line, [x + width / 2, top + 24 + index * 21], 15.5, '#40505e'));
  }
  for (const label of labels) label();
  const [legendX, y] = picture.legendAt;
  let x = legendX;
  for (const kind of Object.values(picture.arrowKinds)) {
    if (kind.legend === '') continue;
    sketch(
      generator.line(
        x,
        y - 6,
        x + 50,
        y - 6,
        style({ stroke: kind.color, strokeWidth: kind.width, disableMultiStroke: kind.dash !== undefined }),
      ),
      kind.dash,
    );
    head([x + 52, y - 6], [x, y - 6], kind.color, kind.width);
    text(kind.legend, [x + 64, y], 16, kind.color, 'start');
    x += 84 + kind.legend.length * 9;
  }
  const [width, height] = picture.size;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#ffffff"/>${parts.join('')}</svg>`;
}

function toPng(svg: string): Buffer {
  const fontFile = createRequire(import.meta.url).resolve(
    '@expo-google-fonts/architects-daughter/400Regular/ArchitectsDaughter_400Regular.ttf',
  );
  return new Resvg(svg, { font: { fontFiles: [fontFile], loadSystemFonts: false, defaultFontFamily: font } }).render().asPng();
}

async function main(check: boolean): Promise<number> {
  const picture = JSON.parse(await readFile(here('overview.json'), 'utf8')) as Picture;
  if (picture.boxes.length > mostBoxes) throw new Error(`${picture.boxes.length} boxes; an overview has at most ${mostBoxes}`);
  const drawn = toPng(draw(picture));
  if (!check) {
    await writeFile(here('../overview.png'), drawn);
    return 0;
  }
  const current = await readFile(here('../overview.png')).catch(() => Buffer.alloc(0));
  if (current.equals(drawn)) return 0;
  console.error('overview.png is not what deploy/overview.json draws: run npm run overview');
  return 1;
}

process.exitCode = await main(process.argv.includes('--check'));
