"""A model of several outputs, and what a recipe says of them."""

HEADS = """
model net {
    input 8x8x3
    pixels bgr(range=(0, 255), mean=(100, 110, 120))
    conv(4, 3x3) -> dropout(0.5) -> global_avg_pool as features
    dense(10) as scores -> softmax as kinds
    features -> dense(1) -> sigmoid as is_new
    features -> dense(10) as value
    features -> dense(10) as other -> softmax as helper
    output kinds, is_new, value
    output helper for training
}
"""
OF_HEADS = """
loss binary_cross_entropy(smoothing=0.1, weight=0.5) for is_new
loss mean_absolute_error for value
loss cross_entropy(weight=0.3) for helper
"""
