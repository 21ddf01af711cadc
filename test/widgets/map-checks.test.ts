import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as arrow from "apache-arrow";
import { channels } from "../../widgets/map/css-colour.ts";
import { map } from "../../widgets/map/map-handle.ts";

const zone = {
  type: "Feature" as const,
  properties: { height: 5 },
  geometry: { type: "Point" as const, coordinates: [1, 2] },
};
const zones = { type: "FeatureCollection" as const, features: [zone] };
const wrong =
  (...given: unknown[]) =>
  () =>
    map(...(given as Parameters<typeof map>));

describe("fused.map checks what it is given where it is called", () => {
  test("a bare Arrow table is data, alone and in a list", () => {
    const table = arrow.tableFromArrays({ lng: [1, 2], lat: [3, 4], since: [2000, 2010] });
    assert.ok(map(table, { time: "since" }));
    assert.ok(map([table, { data: table, colorBy: "since" }]));
  });

  test("a list of features has the properties of its features", () => {
    assert.ok(map({ data: [zone, zone] as never, colorBy: "height" }));
    assert.throws(wrong({ data: [zone], colorBy: "heigth" }), /did you mean "height"\?/);
  });

  test("what is wrong with a layer is told with its number and its name", () => {
    const csv = "lng,lat\n1,2";
    assert.throws(
      wrong([{ data: zones }, { data: csv, name: "stops" }]),
      /Layer 2 of 2 "stops" of fused\.map: its data is text.*fused\.sql\("select \* from 'file\.csv'"\) gives rows/,
    );
    assert.throws(wrong([{ data: zones }, { data: undefined }]), /Layer 2 of 2.*this is undefined/);
    const broken = { ...zones, features: [zone, { ...zone, geometry: { type: "Point", coordinates: ["a", 2] } }] };
    assert.throws(wrong(broken), /coordinates of feature 2 of 2 \(Point\) are \["a",2\]: a place is two numbers/);
    assert.throws(wrong({ data: { a: 1 } }), /this is an object/);
  });

  test("nothing is data too: a search may have found none", () => {
    assert.ok(map({ data: [], colorBy: "height" }, { time: "since" }));
    assert.ok(map({ data: { ...zones, features: [] }, colorBy: "height" }));
  });

  test("a colour is any that CSS has", () => {
    assert.deepEqual(["crimson", "#2a6", "hsl(0, 100%, 50%)", "rgb(1 2 3)"].map(channels), [
      [220, 20, 60],
      [34, 170, 102],
      [255, 0, 0],
      [1, 2, 3],
    ]);
    assert.ok(map({ data: zones, palette: ["red", "steelblue"], colorBy: "height" }));
    assert.throws(wrong({ data: zones, color: "krimson" }), /The layer of fused\.map: "krimson" is no colour/);
  });

  test("properties and layers that options name are looked for at once", () => {
    assert.throws(wrong({ data: zones, colorBy: "heigth" }), /coloured by "heigth".*did you mean "height"\?/);
    assert.throws(wrong(zones, { time: "nosuch" }), /slider of time goes by "nosuch".*there are height/);
    assert.throws(wrong(zones, { swipe: true }), /swipe needs two layers/);
    assert.ok(map([{ lng: 1, lat: 2, n: 3 }], { time: "n" }));
  });

  test("an option that there is not is told with the nearest name", () => {
    assert.throws(wrong({ data: zones, colourBy: "height" }), /has no option "colourBy"\. Did you mean colorBy\?/);
    assert.throws(wrong(zones, { titel: "x" }), /fused\.map has no option "titel"\. Did you mean title\?/);
  });
});
