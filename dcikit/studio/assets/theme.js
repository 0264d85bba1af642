// Before anything is painted: the theme that was chosen, or else the system's.
const theme = {
  get() {
    try {
      return localStorage.getItem("dci-theme");
    } catch {
      return null; // storage is forbidden
    }
  },
  apply(name) {
    if (name) document.documentElement.dataset.theme = name;
    else delete document.documentElement.dataset.theme;
  },
  isDark() {
    return this.get() ? this.get() === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  },
  toggle() {
    const name = this.isDark() ? "light" : "dark";
    this.apply(name);
    try {
      localStorage.setItem("dci-theme", name);
    } catch {} // then until the page is left
  },
};
theme.apply(theme.get());
