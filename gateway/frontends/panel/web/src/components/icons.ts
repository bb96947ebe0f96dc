/** Line icons on a 24 x 24 grid, drawn by <Icon>. */
export const icons = {
  window: "M4 3h16v18H4z M12 3v18 M4 12h16",
  plant: "M12 21v-9 M12 12c0-5 3-8 8-8 0 5-3 8-8 8z M12 15c0-3.5-2.5-6-7-6 0 4 2.5 6 7 6z M7 21h10",
  heater: "M7 3h10v15H7z M10 21v-3 M14 21v-3 M12 7c2 2 2.6 3.2 2.6 4.4a2.6 2.6 0 0 1-5.2 0C9.4 10.200 10 9 12 7z",
  pump: "M12 12m-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0 M12 8v4l3 2 M2 12h4 M18 12h4 M8 21h8 M12 18v3",
  weather: "M7 18h10a4 4 0 0 0 .6-7.950A6 6 0 0 0 6 11.200 3.500 3.500 0 0 0 7 18z M9 21v.01 M13 21v.01",
  climate: "M14 14.500V5a2 2 0 0 0-4 0v9.500a4 4 0 1 0 4 0z M12 9v8",
  node: "M7 7h10v10H7z M10 3v4 M14 3v4 M10 17v4 M14 17v4 M3 10h4 M3 14h4 M17 10h4 M17 14h4",
  back: "M15 5l-7 7 7 7",
  exit: "M9 4H5v16h4 M14 8l4 4-4 4 M18 12H9",
  copy: "M9 9h11v11H9z M5 15H4V4h11v1",
  check: "M5 12.500l4.500 4.500L19 7.500",
  plus: "M12 5v14 M5 12h14",
  key: "M15 9m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0 M12 12l-8 8 M7 17l2.500 2.500",
  link: "M5 12.500a10 10 0 0 1 14 0 M8 15.500a6 6 0 0 1 8 0 M12 19v.01 M2 9.500a14 14 0 0 1 20 0",
  alert: "M12 4l9 16H3z M12 10v4 M12 17v.01",
} as const;

export type IconName = keyof typeof icons;
