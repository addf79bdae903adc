/* image: what a picture is to those files that hand it to OpenCV. Internal to vision. */
#ifndef THINGS_IMAGE_HPP
#define THINGS_IMAGE_HPP

#include "things/picture.h"
#include "things/vision.h"

#include <opencv2/core.hpp>

struct vision_image {
    cv::Mat pixels;
    struct picture memory; /* under pixels, or none: then they are OpenCV's own */
    ~vision_image() { picture_release(&memory); }
};

/* No exception may pass into C. */
template <typename T, typename F> static T guarded(struct err *err, const char *what, T failed, F work)
{
    try {
        return work();
    } catch (const cv::Exception &e) {
        err_set(err, "%s: %s", what, e.err.c_str());
    } catch (const std::exception &e) {
        err_set(err, "%s: %s", what, e.what());
    }
    return failed;
}

#endif
