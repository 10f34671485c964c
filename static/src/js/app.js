// What every page gets: htmx, the theme switch, copy buttons, menus that close, living times.
// `data-script` on the root shows the parts that work with script only.
import "htmx.org";
import { startClock } from "./clock.js";
import { startCopy } from "./copy.js";
import { startForms } from "./forms.js";
import { startMenus } from "./menus.js";
import { startTheme } from "./theme.js";

document.documentElement.dataset.script = "";
startTheme();
startCopy();
startForms();
startMenus();
startClock();
