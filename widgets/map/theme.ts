/** The colours of a map, under and around the data. */
export interface Theme {
  ocean: string;
  land: string;
  coast: string;
  border: string;
  /**
   * Coasts and borders once more, over an image that hides them: a light rim, then a dark line, so that one of them
   * shows.
   */
  overImage: { colour: string; width: number }[];
  graticule: string;
  label: string;
  halo: string;
  ink: string;
  paper: string;
  paperEdge: string;
  accent: string;
}

const linesOverImage = [
  { colour: "rgba(255, 255, 255, 0.32)", width: 2 },
  { colour: "rgba(30, 41, 51, 0.6)", width: 0.75 },
];

export const themes: Record<"light" | "dark", Theme> = {
  light: {
    ocean: "#d3dfe6",
    land: "#f6f4ef",
    coast: "#a9bac4",
    border: "#cdc7bb",
    overImage: linesOverImage,
    graticule: "rgba(70, 95, 112, 0.14)",
    label: "#6f7780",
    halo: "rgba(246, 244, 239, 0.85)",
    ink: "#24303a",
    paper: "rgba(255, 255, 255, 0.92)",
    paperEdge: "rgba(36, 48, 58, 0.16)",
    accent: "#e0482f",
  },
  dark: {
    ocean: "#171d24",
    land: "#2a323b",
    coast: "#46535f",
    border: "#414b56",
    overImage: linesOverImage,
    graticule: "rgba(200, 215, 230, 0.10)",
    label: "#8d99a5",
    halo: "rgba(32, 38, 45, 0.85)",
    ink: "#dfe6ec",
    paper: "rgba(23, 29, 36, 0.92)",
    paperEdge: "rgba(223, 230, 236, 0.2)",
    accent: "#ff6f52",
  },
};
