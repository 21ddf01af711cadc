/** Lets a map have the whole screen, or its place on the page again, with the height that it had. */
export async function toggleFullScreen(root: HTMLElement): Promise<void> {
  if (document.fullscreenElement) return document.exitFullscreen();
  const { height } = root.style;
  await root.requestFullscreen();
  root.style.height = "100vh";
  const back = (): void => {
    if (document.fullscreenElement) return;
    root.style.height = height;
    document.removeEventListener("fullscreenchange", back);
  };
  document.addEventListener("fullscreenchange", back);
}
