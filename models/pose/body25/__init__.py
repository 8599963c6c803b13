"""OpenPose's BODY_25 network without Caffe: the official weights on Keras 3, our own decoder."""
