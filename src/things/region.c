#include "things/region.h"

#include "base/text.h"

static bool read_share(const char *text, size_t len, double *out)
{
    char number[32];
    if (!len || len >= sizeof number)
        return false;
    memcpy(number, text, len);
    number[len] = '\0';
    return text_number(number, out) && *out >= 0 && *out <= 1;
}

static int read_corner(struct vision_point *corner, const char *text, size_t len, struct err *err)
{
    const char *comma = memchr(text, ',', len);
    size_t before = comma ? (size_t)(comma - text) : 0;
    if (comma && read_share(text, before, &corner->x) && read_share(comma + 1, len - before - 1, &corner->y))
        return 0;
    return err_set(err, "a region's corner is two numbers from 0 to 1, as in 0.5,1, not '%.*s'", (int)MIN(len, 40), text);
}

/* Twice the area, by the shoelace formula. */
static double area(const struct region *r)
{
    double sum = 0;
    for (size_t i = 0; i < r->count; i++) {
        const struct vision_point *a = &r->corners[i], *b = &r->corners[(i + 1) % r->count];
        sum += a->x * b->y - b->x * a->y;
    }
    return sum < 0 ? -sum : sum;
}

static void make_rectangle(struct region *r)
{
    struct vision_point a = r->corners[0], b = r->corners[1];
    r->corners[1] = (struct vision_point){b.x, a.y};
    r->corners[2] = b;
    r->corners[3] = (struct vision_point){a.x, b.y};
    r->count = 4;
}

int region_parse(struct region *r, const char *text, struct err *err)
{
    r->count = 0;
    if (str_eq(text, "all"))
        return 0;
    while (*(text += strspn(text, " \t\r\n;"))) {
        size_t len = strcspn(text, " \t\r\n;");
        if (r->count == REGION_CORNERS)
            return err_set(err, "a region has at most %d corners", REGION_CORNERS);
        if (read_corner(&r->corners[r->count++], text, len, err) < 0)
            return -1;
        text += len;
    }
    if (r->count == 1)
        return err_set(err, "a region has two opposite corners, or three and more around it, not one");
    if (r->count == 2)
        make_rectangle(r);
    if (r->count && area(r) < 1e-6)
        return err_set(err, "the region has no inside: its corners are on one line");
    return 0;
}

/* A ray to the right crosses the outline an odd number of times. */
bool region_holds(const struct region *r, double x, double y)
{
    bool inside = !r->count;
    for (size_t i = 0; i < r->count; i++) {
        const struct vision_point *a = &r->corners[i], *b = &r->corners[(i + 1) % r->count];
        if ((a->y > y) != (b->y > y) && x < a->x + (b->x - a->x) * (y - a->y) / (b->y - a->y))
            inside = !inside;
    }
    return inside;
}

size_t region_keep(const struct region *r, struct vision_box *boxes, size_t count, int width, int height)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const struct vision_box *b = &boxes[i];
        /* The middle of the lowest row of pixels: one at the picture's edge is still inside. */
        if (region_holds(r, (b->x + b->w / 2.0) / width, (b->y + b->h - 0.5) / height))
            boxes[kept++] = *b;
    }
    return kept;
}
