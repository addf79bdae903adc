#include "things/image.hpp"

#include <sys/stat.h>

#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>

/* Outputs that are understood, by their shape; K kinds, N boxes:
 *   1 × N × (5 + K)   YOLOv5 and its like: centre and size in pixels of the input, how sure that it is something, and of each kind
 *   1 × (4 + K) × N   YOLOv8 and its like: the same on its side, without the fifth
 *   1 × 1 × N × 7     SSD's DetectionOutput: a number, the kind, how sure, and two corners from 0 to 1 */

enum layout { ROWS, COLUMNS, CORNERS };

struct vision_model {
    cv::dnn::Net net;
    std::vector<cv::String> outputs;
    enum layout layout;
    int side, kinds;
};

static const double overlap = 0.45; /* boxes of one kind that share more than this are one */

static std::string shape_of(const cv::Mat &m)
{
    std::string text;
    for (int i = 0; i < m.dims; i++)
        text += (i ? " × " : "") + std::to_string(m.size[i]);
    return text;
}

/* How a picture of any shape stands in the square that the model wants, with grey around it. */
struct fit {
    double scale;
    int left, top;
};

static cv::Mat blob_of(const cv::Mat &pixels, int side, struct fit &fit)
{
    cv::Mat small, square(side, side, CV_8UC3, cv::Scalar(114, 114, 114));
    fit.scale = std::min((double)side / pixels.cols, (double)side / pixels.rows);
    cv::Size size(std::max(1, cvRound(pixels.cols * fit.scale)), std::max(1, cvRound(pixels.rows * fit.scale)));
    fit.left = (side - size.width) / 2;
    fit.top = (side - size.height) / 2;
    cv::resize(pixels, small, size, 0, 0, cv::INTER_AREA);
    small.copyTo(square(cv::Rect(fit.left, fit.top, size.width, size.height)));
    return cv::dnn::blobFromImage(square, 1 / 255.0, cv::Size(), cv::Scalar(), true);
}

/* wanted: how many kinds there must be, 0: as many as there are. */
static int recognise(struct vision_model *model, const cv::Mat &out, int wanted, struct err *err)
{
    int a = out.dims >= 3 ? out.size[1] : 0, b = out.dims >= 3 ? out.size[2] : 0;
    bool flat = out.dims == 3 && out.size[0] == 1 && out.type() == CV_32F;
    if (out.dims == 4 && out.size[0] == 1 && a == 1 && out.size[3] == 7 && out.type() == CV_32F) {
        model->layout = CORNERS;
        model->kinds = wanted;
    } else if (flat && b > 5 && (wanted ? b == 5 + wanted : b < a)) {
        model->layout = ROWS;
        model->kinds = b - 5;
    } else if (flat && a > 4 && (wanted ? a == 4 + wanted : a <= b)) {
        model->layout = COLUMNS;
        model->kinds = a - 4;
    } else {
        return err_set(err, "it gives %s, which is neither 1 × N × (5 + labels) as YOLOv5, nor 1 × (4 + labels) × N as YOLOv8, nor "
                       "1 × 1 × N × 7 as SSD; there are %d labels", shape_of(out).c_str(), wanted);
    }
    return model->kinds <= VISION_KINDS ? 0 : err_set(err, "it knows more than %d kinds of objects", VISION_KINDS);
}

static cv::Mat ask(struct vision_model *model, const cv::Mat &blob)
{
    std::vector<cv::Mat> outs;
    model->net.setInput(blob);
    model->net.forward(outs, model->outputs);
    return outs.at(0);
}

static int check_file(const char *path, struct err *err)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return err_set_errno(err, "cannot read the model '%s'", path);
    if (!S_ISREG(st.st_mode) || !st.st_size)
        return err_set(err, "the model '%s' is no file with something in it", path);
    if (access(path, R_OK) < 0)
        return err_set_errno(err, "cannot read the model '%s'", path);
    return 0;
}

/* It is asked once, of nothing: what does not fit is told before the first frame. */
struct vision_model *vision_model_open(const char *path, int side, int kinds, struct err *err)
{
    if (check_file(path, err) < 0)
        return nullptr;
    std::unique_ptr<vision_model> model(new vision_model());
    struct fit fit;
    int rc = guarded(err, "it is no ONNX model that can be read here", -1, [&] {
        model->net = cv::dnn::readNetFromONNX(path);
        model->outputs = model->net.getUnconnectedOutLayersNames();
        model->side = side;
        return model->outputs.empty() ? err_set(err, "it is no ONNX model: it has no output") : 0;
    });
    if (rc == 0)
        rc = guarded(err, ("it does not take pictures of " + std::to_string(side) + " × " + std::to_string(side)).c_str(), -1, [&] {
            return recognise(model.get(), ask(model.get(), blob_of(cv::Mat::zeros(side, side, CV_8UC3), side, fit)), kinds, err);
        });
    if (rc == 0)
        return model.release();
    err_prefix(err, "the model '%s' cannot be used", path);
    return nullptr;
}

void vision_model_free(struct vision_model *model)
{
    delete model;
}

int vision_model_kinds(const struct vision_model *model)
{
    return model->kinds;
}

struct found {
    std::vector<cv::Rect2d> boxes; /* in the model's square */
    std::vector<float> sure;
    std::vector<int> kinds;
};

static void add(struct found &found, const cv::Rect2d &box, double sure, int kind, double least)
{
    /* What is no number passes no comparison. */
    if (!(sure >= least) || !(box.width > 0) || !(box.height > 0) || !(std::abs(box.x) < 1e6) || !(std::abs(box.y) < 1e6) ||
        !(box.width < 1e6) || !(box.height < 1e6))
        return;
    found.boxes.push_back(box);
    found.sure.push_back((float)std::min(sure, 1.0));
    found.kinds.push_back(kind);
}

static void add_centred(struct found &found, const struct vision_model *model, const cv::Mat &rows, double least)
{
    int first = model->layout == ROWS ? 5 : 4;
    for (int i = 0; i < rows.rows; i++) {
        const float *row = rows.ptr<float>(i);
        const float *best = std::max_element(row + first, row + rows.cols);
        double sure = *best * (model->layout == ROWS ? row[4] : 1.0F);
        add(found, cv::Rect2d(row[0] - row[2] / 2, row[1] - row[3] / 2, row[2], row[3]), sure, (int)(best - row) - first, least);
    }
}

static void add_corners(struct found &found, const struct vision_model *model, const cv::Mat &rows, double least)
{
    for (int i = 0; i < rows.rows; i++) {
        const float *row = rows.ptr<float>(i);
        double side = model->side;
        if (row[1] >= 0 && row[1] < (float)(model->kinds ? model->kinds : VISION_KINDS))
            add(found, cv::Rect2d(row[3] * side, row[4] * side, (row[5] - row[3]) * side, (row[6] - row[4]) * side), row[2], (int)row[1],
                least);
    }
}

/* The best first; of those of one kind that stand on one another the best alone. */
static std::vector<int> sort_out(const struct vision_model *model, const struct found &found, double least)
{
    std::vector<cv::Rect2d> apart = found.boxes;
    std::vector<int> kept;
    for (size_t i = 0; i < apart.size(); i++)
        apart[i].x += found.kinds[i] * 4e6; /* kinds do not touch each other */
    if (model->layout == CORNERS)           /* it has done so itself */
        for (size_t i = 0; i < apart.size(); i++)
            kept.push_back((int)i);
    else
        cv::dnn::NMSBoxes(apart, found.sure, (float)least, (float)overlap, kept);
    std::stable_sort(kept.begin(), kept.end(), [&](int a, int b) { return found.sure[(size_t)a] > found.sure[(size_t)b]; });
    return kept;
}

int vision_model_find(struct vision_model *model, const struct vision_image *image, double least, struct vision_box *boxes, size_t max,
                      struct err *err)
{
    return guarded(err, "cannot ask the model", -1, [&] {
        struct fit fit;
        struct found found;
        cv::Mat out = ask(model, blob_of(image->pixels, model->side, fit)), turned;
        cv::Mat rows(out.dims == 4 ? out.size[2] : out.size[1], out.size[out.dims - 1], CV_32F, out.ptr<float>());
        if (model->layout == COLUMNS)
            cv::transpose(rows, turned);
        if (model->layout == CORNERS)
            add_corners(found, model, rows, least);
        else
            add_centred(found, model, model->layout == COLUMNS ? turned : rows, least);
        size_t count = 0;
        for (int i : sort_out(model, found, least)) {
            const cv::Rect2d &b = found.boxes[(size_t)i];
            int x = cvRound((b.x - fit.left) / fit.scale), y = cvRound((b.y - fit.top) / fit.scale);
            cv::Rect r(x, y, cvRound(b.width / fit.scale), cvRound(b.height / fit.scale));
            r &= cv::Rect(0, 0, image->pixels.cols, image->pixels.rows);
            if (r.area() > 0 && count < max)
                boxes[count++] = vision_box{r.x, r.y, r.width, r.height, found.sure[(size_t)i], found.kinds[(size_t)i]};
        }
        return (int)count;
    });
}
