#include "ui/view/graph_view.h"

#include "base/text.h"
#include "ui/table.h"

/* A thing as a line: "● camera ×12 10 fps ────". What several others feed has a row for each of them, held together at the
 * left. */

#define GLYPH_EXTERNAL 0x25cc /* ◌ */

/* What is behind the name: the rate of what runs, else what it does instead. */
static enum role line_state(const struct graph_view *view, size_t thing, bool silent, char *out, size_t size)
{
    const struct live_thing *live = graph_view_live(view, thing);
    char rate[16];
    *out = '\0';
    if (live->deployment && live->health != HEALTH_GOOD) {
        snprintf(out, size, "%s", live->state);
        return health_role(live->health);
    }
    enum role place = graph_place_note(view, thing, 40, out, size);
    if (place == ROLE_WARNING)
        return place;
    *out = '\0';
    graph_rate(rate, sizeof rate, live->rate);
    if (*rate && !(silent && live->rate > 0))
        snprintf(out, size, "%s fps", rate);
    return ROLE_NORMAL;
}

void graph_draw_line(const struct graph_view *view, struct area area, size_t thing,
                     const struct graph_leaving *leaving)
{
    const struct graph_thing *it = &view->graph->things[thing];
    const struct live_thing *live = graph_view_live(view, thing);
    bool selected = graph_view_thing(view) == thing && !view->connect.on, own = graph_view_own(view, thing);
    struct badge badges[BADGES];
    int count = (int)graph_badges(view, thing, badges);
    unsigned attr = selected && view->stop == STOP_BOX ? ATTR_REVERSE : 0;
    enum role edge = selected ? ROLE_FOCUS : ROLE_BORDER;
    char name[128], state[96];
    snprintf(name, sizeof name, it->replicas > 1 ? "%s ×%d" : "%s", str_or_empty(it->name), it->replicas);
    enum role state_role = line_state(view, thing, leaving->silent, state, sizeof state);
    draw_fill(area, ROLE_NORMAL, 0, ' ');
    for (int y = 0; y < area.h && area.h > 1; y++)
        draw_char(area, 0, y, edge, 0, y == 0 ? 0x256d : y == area.h - 1 ? 0x2570 : 0x2502);
    draw_char(area, 1, 0, it->external ? ROLE_DIM : health_role(live->health), 0,
              it->external ? GLYPH_EXTERNAL : health_glyph(live->health));
    int end = area.w - 1 - (count ? count + 1 : 0), width = MIN(text_width(name), end - 3), x = 3 + width;
    draw_field(area, 3, 0, width, selected ? ROLE_FOCUS : own ? ROLE_TITLE : ROLE_DIM, attr, name);
    for (int i = count; i-- > 0; x++)
        draw_char(area, x + 1, 0, badges[i].role, ATTR_BOLD, (uint32_t)badges[i].sign);
    x += count ? 1 : 0;
    int shown = MIN(text_width(state), area.w - x - 2);
    if (shown > 2) {
        draw_field(area, x + 1, 0, shown, state_role, 0, state);
        x += 1 + shown;
    }
    for (x++; leaving->any && x < area.w; x++)
        draw_char(area, x, 0, leaving->role, 0, 0x2500);
}
