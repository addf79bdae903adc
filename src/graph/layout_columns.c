#include "graph/layout_internal.h"

/* Columns of ranks and channels: boxes first, then tracks, then room on the wires share what is to spare. */

void lay_columns(struct lay *lay)
{
    int ranks = lay->rank_count, total = 0, wanted = 0;
    const struct layout_options *o = lay->options;
    int *full = arena_zeroed(lay->memory, (size_t)ranks + 1, sizeof *full);
    int *gap = arena_zeroed(lay->memory, (size_t)ranks + 2, sizeof *gap);
    for (int i = 0; i < lay->thing_count; i++) {
        const struct layout_box *box = &lay->out->boxes[lay->things[i]];
        lay->rank_w[box->rank] = MAX(lay->rank_w[box->rank], box->w);
    }
    for (int c = 0; c <= ranks; c++) { /* channel c - 1 */
        int tracks = lay->channel_tracks[c];
        gap[c] = c == 0 ? (tracks ? tracks + 2 : 0) : c == ranks ? (tracks ? tracks + 1 : 0) : tracks + 3;
        total += gap[c];
    }
    for (int r = 0; r < ranks; r++) {
        total += lay->rank_w[r];
        full[r] = MAX(lay->rank_w[r], MIN(o->full_width, o->max_width));
        wanted += full[r] - lay->rank_w[r];
    }
    for (int r = 0, x = 0; r < ranks; r++) {
        lay->rank_x[r] = x + gap[r];
        x = lay->rank_x[r] + lay->rank_w[r];
    }
    for (int i = 0; i < lay->thing_count; i++) {
        int thing = lay->things[i];
        lay->tight_x[thing] = lay->rank_x[lay->out->boxes[thing].rank];
        lay->tight_w[thing] = lay->out->boxes[thing].w;
    }
    int spare = o->fit - total;
    for (bool more = true; wanted > 0 && spare > 0 && more;) {
        more = false;
        for (int r = 0; r < ranks && spare > 0; r++)
            if (lay->rank_w[r] < full[r]) {
                lay->rank_w[r]++;
                spare--;
                more = true;
            }
    }
    /* tracks apart from each other are easier to follow */
    int between = 0;
    for (int c = 0; c <= ranks; c++)
        between += MAX(lay->channel_tracks[c] - 1, 0);
    lay->pitch = between && spare >= between ? 2 : 1;
    for (int c = 0; c <= ranks && lay->pitch > 1; c++) {
        gap[c] += MAX(lay->channel_tracks[c] - 1, 0);
        spare -= MAX(lay->channel_tracks[c] - 1, 0);
    }
    int room = ranks > 1 && spare > 0 ? MIN(spare / (ranks - 1), o->room) : 0;
    for (int c = 0, x = 0; c <= ranks; c++) {
        lay->channel_x[c] = x;
        x += gap[c] + (c > 0 && c < ranks ? room : 0);
        if (c < ranks) {
            lay->rank_x[c] = x;
            x += lay->rank_w[c];
        }
        lay->width = x;
    }
    for (int i = 0; i < lay->thing_count; i++) {
        struct layout_box *box = &lay->out->boxes[lay->things[i]];
        box->x = lay->rank_x[box->rank];
        box->w = lay->rank_w[box->rank];
    }
}

/* The corners of each edge's way, channel by channel. */
static int add_point(struct lay_point *points, int count, int x, int y)
{
    if (count && points[count - 1].x == x && points[count - 1].y == y)
        return count;
    points[count] = (struct lay_point){x, y};
    return count + 1;
}

/* Through a channel by its run, from the row at hand to row y. */
static int add_run(const struct lay *lay, struct lay_point *points, int count, int run_index, int y)
{
    const struct lay_run *run = &lay->runs[run_index];
    int x = lay->channel_x[run->channel + 1] + (run->channel >= 0 ? 1 : 0), from = points[count - 1].y;
    if (!run->pieces || (run->pieces == 1 && from == y))
        return count;
    count = add_point(points, count, x + run->track[0] * lay->pitch, from);
    if (run->pieces == 2) {
        count = add_point(points, count, x + run->track[0] * lay->pitch, run->step_row);
        count = add_point(points, count, x + run->track[1] * lay->pitch, run->step_row);
        return add_point(points, count, x + run->track[1] * lay->pitch, y);
    }
    return add_point(points, count, x + run->track[0] * lay->pitch, y);
}

void lay_paint_edges(struct lay *lay)
{
    struct lay_point *points = arena_zeroed(lay->memory, (size_t)lay->rank_count * 4 + 12, sizeof *points);
    for (int i = 0; i < lay->net_list_count; i++) {
        const struct lay_net *net = &lay->nets[lay->net_list[i]];
        for (int k = 0; k < net->edge_count; k++) {
            const struct lay_edge *edge = &lay->edges[net->edge + k];
            const struct layout_box *from = &lay->out->boxes[edge->from], *to = &lay->out->boxes[edge->to];
            struct layout_wire *wire = &lay->out->wires[edge->link];
            int to_y = to->y + lay_input_row(lay, edge), count = 0, dash = INT_MAX;
            wire->back = edge->lane;
            wire->from_x = from->x + from->w;
            wire->from_y = from->y + lay_output_row(lay, edge->from, edge->output);
            wire->to_x = to->x - 1;
            wire->to_y = to_y;
            count = add_point(points, count, wire->from_x, wire->from_y);
            if (edge->lane) {
                count = add_run(lay, points, count, lay->net_runs[net->first_run], net->lane_row);
                dash = count - 1;
                count = add_run(lay, points, count, edge->riser, to_y);
            } else {
                for (int c = net->rank; c < lay->rank[edge->to] - 1; c++)
                    count = add_run(lay, points, count, lay->net_runs[net->first_run + c - net->rank],
                                    lay->nodes[net->first_dummy + c - net->rank].y);
                count = add_run(lay, points, count, lay->net_runs[net->first_run + lay->rank[edge->to] - 1 - net->rank],
                                to_y);
            }
            count = add_point(points, count, wire->to_x, wire->to_y);
            lay_paint_line(lay->paint, points, count, dash, edge->net, edge->link);
        }
    }
}
