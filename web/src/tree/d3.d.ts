// What the page uses of two modules of d3, which come without types.
declare module "d3-hierarchy" {
  export interface Circle { x: number; y: number; r: number }
  // Places circles side by side around the first ones; gives each its x and y.
  export function packSiblings<C extends { r: number }>(circles: C[]): (C & Circle)[];
  export function packEnclose<C extends Circle>(circles: C[]): Circle;
}
declare module "d3-zoom" {
  export interface Transform {
    k: number; x: number; y: number;
    translate(x: number, y: number): Transform;
    scale(k: number): Transform;
    invert(point: [number, number]): [number, number];
  }
  export const zoomIdentity: Transform;
  export interface Zoom {
    (selection: unknown): void;
    scaleExtent(extent: [number, number]): Zoom;
    on(type: "zoom", listener: (event: { transform: Transform }) => void): Zoom;
    transform(selection: unknown, transform: Transform): void;
    scaleBy(selection: unknown, k: number): void;
  }
  export function zoom(): Zoom;
}
declare module "d3-selection" {
  export function select(element: Element): unknown;
}
