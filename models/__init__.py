"""What is learned, pre-trained or simulated: skeletons, pose networks, the simulated athlete."""
