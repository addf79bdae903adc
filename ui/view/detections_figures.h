/* detections_figures: what stands above the table of Detections. Each returns how many rows it took, a blank one below it among
 * them; 0: there is nothing to say. log may be NULL. */
#ifndef UI_VIEW_DETECTIONS_FIGURES_H
#define UI_VIEW_DETECTIONS_FIGURES_H

#include "ops/detection.h"
#include "ui/canvas.h"

/* How fast analysers are and how late, and which of them say nothing. */
int detections_draw_analysers(struct detection_log *log, int64_t now, struct area area);
/* How often each label was seen, and when in the last minute. */
int detections_draw_labels(struct detection_log *log, int64_t now, struct area area);

#endif
