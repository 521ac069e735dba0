"""What compare_gan v3 called our variables, and what it kept beside its networks."""

import pytest

from compare_gan_tf2.compare_gan_v3.names import is_bookkeeping, reference_name


@pytest.mark.parametrize(
    ("architecture", "network", "ours", "theirs"),
    [
        ("dcgan", "generator", "g_fc1/kernel", "g_fc1/kernel"),
        ("dcgan", "generator", "g_bn1/gamma", "g_bn1/gamma"),
        ("dcgan", "discriminator", "d_conv1/u_var", "d_conv1/kernel/u_var"),
        ("dcgan", "generator", "g_bn1/gamma/kernel", "g_bn1/condition/gamma/kernel"),
        ("biggan", "generator", "B1/bn1/beta/kernel", "B1/bn1/condition/beta/kernel"),
        ("biggan", "generator", "B1/bn1/gamma/u_var", "B1/bn1/condition/gamma/kernel/u_var"),
        ("dcgan", "generator", "g_bn1/sbn/gamma/kernel", "g_bn1/sbn/gamma/kernel"),
        ("dcgan", "generator", "g_bn1/sbn/hidden/u_var", "g_bn1/sbn/hidden/kernel/u_var"),
        ("dcgan", "generator", "g_bn1/sbn/beta/u_var", "g_bn1/sbn/beta/kernel/u_var"),
        ("resnet_stl", "generator", "final_norm/gamma", "batch_norm/gamma"),
        ("resnet_stl", "generator", "final_norm/gamma/kernel", "batch_norm/condition/gamma/kernel"),
        ("resnet_stl", "generator", "final_norm/sbn/gamma/kernel", "batch_norm/sbn/gamma/kernel"),
        ("resnet_cifar", "generator", "final_norm/gamma", "final_norm/gamma"),
        ("biggan", "generator", "non_local_block/conv2d_theta/u_var", "non_local_block/conv2d_theta/kernel/u_var"),
    ],
)
def test_v3s_names_of_our_variables(architecture, network, ours, theirs):
    assert reference_name(architecture, network, ours) == f"{network}/{theirs}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("global_step", True),
        ("global_step_disc", True),
        ("beta1_power", True),
        ("gen_step/beta2_power_1", True),
        ("discriminator/d_conv1/kernel/d_opt", True),
        ("discriminator/d_conv1/kernel/d_opt_1", True),
        ("generator/g_fc1/kernel/g_opt_1", True),
        ("generator/g_fc1/kernel/Adam", True),
        ("generator/g_fc1/kernel/Adam_1", True),
        ("generator/g_fc1/kernel/RMSProp_1", True),
        ("generator/g_bn1/accu/update_accus", True),
        ("generator/g_bn1/accu/accu_counter", False),
        ("generator/g_fc1/kernel", False),
        ("generator/g_fc1/kernel/ExponentialMovingAverage", False),
        ("discriminator/d_conv1/kernel/u_var", False),
    ],
)
def test_what_a_training_keeps_beside_its_networks_is_known(name, expected):
    assert is_bookkeeping(name) == expected
