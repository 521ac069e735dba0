"""What people trip over who train such systems, from image to image to styles, and the tests that hold the answer."""

import ast
import functools

import pytest

METRICS = "model_metrics/test_ability_metrics.py"
PROBLEMS = {
    "a softmax before the cross-entropy trains, but badly": (
        "gans/test_class_labels.py::test_classes_that_are_sure_and_right_cost_nothing",
        "gans/test_sgan.py::test_saturated_right_logits_have_nearly_no_cross_entropy",
        "gans/test_autoencoders.py::test_saturated_right_logits_have_no_class_loss",
        "gans/test_infogan.py::test_the_bound_is_the_entropy_less_what_guesses_miss",
    ),
    "classes are swapped between the label file and what is asked for": (
        "hub_export/test_sample.py::test_labels_are_numbers_or_names",
        "task_folder/test_flags.py::test_classes_that_are_swapped_are_flagged_and_bad_ones_are_not",
        "reports/test_flagged.py::test_a_report_counts_flagged_trainings_and_its_page_shows_the_table_of_classes",
        f"{METRICS}::test_samples_of_the_classes_asked_for",
    ),
    "one class is wanted as a folder of pictures": (
        "hub_export/test_sample.py::test_one_class_comes_as_a_folder_of_pictures",
        "hub_export/test_sample.py::test_mistakes_are_answered_in_one_line",
    ),
    "a classifier of few labels has seen more labels than is said, or is compared with nothing": (
        f"{METRICS}::test_errors_beside_those_of_baselines_on_the_same_labels",
        "evaluation/test_whole_model.py::test_labeled_images_are_those_of_the_training",
        "datasets/test_labels.py::test_who_keeps_a_label_depends_on_names_and_seed_alone",
        "gans/test_sgan.py::test_without_unlabeled_images_the_discriminator_is_a_classifier_of_the_labeled",
    ),
    "a short training with one draw of the labels is held against the paper's number": (
        "experiments/test_recipes.py::test_few_labels_are_drawn_five_times",
        "experiments/test_recipes.py::test_the_page_and_the_list_have_each_recipe",
        "reports/test_answering.py::test_draws_of_the_labels_are_one_setting_where_they_are_asked_to_be",
        "test_latent_systems.py::test_seeds_may_draw_labels_of_their_own_and_rows_of_the_same_ones_are_others",
    ),
    "all codes of an InfoGAN give one digit, or do nothing": (
        "task_folder/test_flags.py::test_a_code_of_classes_that_images_tell_nothing_of_is_flagged",
        "task_folder/test_flags.py::test_a_number_is_judged_by_how_well_it_is_guessed_and_not_by_the_fixed_deviation",
        "gans/test_infogan.py::test_q_learns_with_the_discriminator_and_every_bound_is_measured_under_its_name",
        f"{METRICS}::test_clusters_of_a_model_that_permutes_the_classes",
    ),
    "the code and the run on a figure were picked": (
        "gans/test_codes.py::test_grids_vary_one_part_along_a_row",
        "gans/test_codes.py::test_a_sheet_of_a_module_varies_one_part",
        "test_latent_systems.py::test_finished_trainings_are_rows_and_not_done_again",
    ),
    "codes are uniform or normal, one of two or two of one": (
        "gans/test_infogan.py::test_latents_are_noise_and_the_declared_codes_in_order",
        "gans/test_infogan.py::test_what_does_not_go_with_it_is_refused",
        "runtime/test_codes.py::test_along_a_row_of_a_grid_one_part_varies_alone",
    ),
    "nobody says which labels generated images get in ACGAN": (
        "gans/test_class_labels.py::test_what_acgan_learns_of_generated_images_is_an_option",
        "test_system_pages.py::test_a_page_compares_a_systems_versions_and_names_its_options",
    ),
    "another digit comes back from encoder and decoder, because the encoder was never trained": (
        f"{METRICS}::test_reconstructions_of_half_the_brightness",
        "hub_export/test_described_abilities.py::test_the_card_says_where_reconstructions_were_compared_with_nothing",
        "training/test_unmoved.py::test_who_stands_still_is_named_and_who_moves_is_not",
        "training/test_unmoved.py::test_a_training_that_begins_looks_once_and_one_that_goes_on_does_not",
    ),
    "a network that is to be held moves, or stays frozen for good": (
        "gans/test_turns_move.py::test_a_turn_moves_what_it_says_and_every_player_moves",
    ),
    "features are of pictures in a wrong range": (
        "hub_export/test_abilities.py::test_pictures_outside_of_the_range_are_refused_with_what_was_seen",
        "hub_export/test_abilities.py::test_a_row_is_the_same_alone_and_in_a_batch_and_every_time",
        f"{METRICS}::test_the_regression_has_the_slope_of_its_closed_form",
    ),
    "codes of an adversarial autoencoder miss the prior while both losses look balanced": (
        "task_folder/test_prior_grids.py::test_images_of_the_prior_stand_on_the_left_and_those_of_codes_on_the_right",
        "task_folder/test_prior_grids.py::test_codes_of_two_numbers_are_black_points_over_the_gray_ones_of_the_prior",
        f"{METRICS}::test_codes_far_from_the_prior_and_near",
        "gans/test_autoencoders.py::test_codes_are_compared_with_the_prior_at_each_checkpoint",
    ),
    "divergence and reconstruction are sums or means, and their balance moves with the size of images": (
        "gans/test_autoencoders.py::test_divergence_is_in_nats_per_image",
        "training/test_training.py::test_losses_that_are_not_finite_stop_the_training_with_step_and_names",
    ),
    "accuracy of clusters means purity, or assignment, on training data": (
        f"{METRICS}::test_agreement_is_that_of_the_definitions",
        f"{METRICS}::test_agreement_at_its_ends",
        f"{METRICS}::test_clusters_of_a_model_that_permutes_the_classes",
    ),
    "the anomaly score of one picture depends on the others": (
        "hub_export/test_apply.py::test_each_reconstruction_has_the_error_of_its_picture_alone",
    ),
    "an edit changes more than it is asked to": (
        f"{METRICS}::test_edits_that_keep_the_brightness_and_edits_that_ignore_the_image",
        "hub_export/test_edits.py::test_what_is_kept_is_projected_out_and_the_edit_is_as_long_as_before",
        "gans/test_chains.py::test_labels_that_go_together_are_told_with_their_correlation",
        "gans/test_chains.py::test_an_axis_is_where_a_class_comes_from_and_one_of_few_images_is_told_of",
    ),
    "the number of classes is written into the source": (
        "commands/test_commands.py::test_classes_are_counted_and_named_from_the_data",
        "datasets/test_label_table.py::test_a_table_that_is_none_is_no_table_and_the_reason_is_given",
        "datasets/test_labels.py::test_label_files_that_do_not_fit",
    ),
    "numbers of popular copies are taken for the paper's": (
        "test_system_pages.py::test_a_page_compares_a_systems_versions_and_names_its_options",
        "test_system_pages.py::test_the_page_of_semi_supervised_gans_does_so_too",
    ),
}
STYLES, PATHS = "hub_export/test_styles.py", "model_metrics/test_path_lengths.py"
PROBLEMS |= {
    "a training that goes on begins counters, fades and averages anew": (
        "gans/test_growing.py::test_a_training_continues_in_a_fade_to_the_same_bits",
        "training/test_training.py::test_what_a_training_keeps_beside_its_networks_is_continued_to_the_bit",
    ),
    "weights of another configuration are taken as far as their names fit": (
        "task_folder/test_start_from.py::test_networks_that_do_not_fit_are_refused_with_names_and_shapes",
        "task_folder/test_start_from.py::test_all_weights_are_those_of_the_source",
    ),
    "a network of another resolution is fine-tuned, or taken for one of the old size": (
        "task_folder/test_start_from.py::test_networks_of_larger_images_begin_with_those_of_smaller_ones",
        "task_folder/test_start_from.py::test_networks_of_smaller_images_do_not_begin_with_those_of_larger_ones",
        "task_folder/test_start_from.py::test_every_architecture_that_names_sides_grows",
    ),
    "adaptive augmentation has gone on for too long, and samples are rotated": (
        "task_folder/test_flags.py::test_augmentation_that_may_not_go_on_is_flagged",
    ),
    "a batch is too small, a penalty has no weight, or is never measured": (
        "test_options.py::test_what_is_possible_and_hardly_meant_is_said",
        "training/test_training.py::test_a_line_of_measurements_has_what_only_some_steps_measured",
    ),
    "a growing training ends out of memory after days": (
        "commands/test_estimated_memory.py::test_the_first_phase_that_will_not_fit_is_refused_before_it_is_tried",
    ),
    "a truncation is on by default, on other layers, or read by nobody": (
        "evaluation/test_truncation_curve.py::test_a_module_that_truncates_all_its_images_says_so_in_row_and_protocol",
        f"{STYLES}::test_psi_half_moves_pixels_of_the_same_latents_and_stands_in_the_name",
        f"{STYLES}::test_what_cannot_be_is_said_in_one_line",
        "gans/test_style_abilities.py::test_an_image_is_the_synthesis_of_its_mapped_latents_and_psi_moves_it",
        "gans/test_stylegan2.py::test_the_protocol_says_how_w_was_truncated_and_nothing_where_it_was_not",
        "evaluation/test_truncation_curve.py::test_less_psi_is_less_recall_and_the_row_and_protocol_say_which",
    ),
    "the center of a truncation is of few draws, of another network, or of all classes": (
        f"{STYLES}::test_w_go_towards_the_modules_own_center_or_that_of_their_class",
        "gans/test_style_abilities.py::test_psi_0_is_the_mean_of_w_and_psi_1_leaves_it",
        "gans/test_stylegan2.py::test_the_mean_style_follows_every_turn_that_makes_images_and_goes_into_the_average_as_it_is",
    ),
    "a projected photo is another face, and nobody says so": (
        f"{STYLES}::test_a_sample_is_projected_back_and_beats_its_controls",
        f"{STYLES}::test_what_no_w_gives_is_outside_and_w_plus_fits_more",
        f"{STYLES}::test_the_command_projects_pictures_of_a_place",
    ),
    "a projection into a conditional generator lacks the label": (
        f"{STYLES}::test_the_search_begins_at_the_class_of_the_nearest_sample_or_at_the_one_that_is_named",
        f"{STYLES}::test_the_command_projects_pictures_of_a_place",
    ),
    "all mixed pictures are alike, because the layers are those of a larger network": (
        "task_folder/test_style_grids.py::test_layers_are_thirds_of_those_that_there_are_or_numbers",
        "task_folder/test_style_grids.py::test_pairs_that_did_not_change_and_those_of_which_nothing_is_left_are_named",
        f"{STYLES}::test_mixing_names_pairs_that_did_not_change_and_takes_w_of_a_file",
    ),
    "a seed gives other pictures elsewhere": (
        "runtime/test_draws.py::test_numbers_depend_on_seed_purpose_and_step_alone",
        "runtime/test_draws.py::test_xla_draws_the_same_numbers",
        f"{STYLES}::test_latents_are_kept_beside_what_is_drawn_of_them_and_can_be_drawn_again",
        "gans/test_style_abilities.py::test_noise_is_the_networks_own_without_seeds_and_else_follows_from_a_rows_seed",
    ),
    "official weights are pickles that need their program, and a converted one lacks the noise": (
        "style_weights/test_import.py::test_networks_of_the_described_options_make_the_originals_images",
        "style_weights/test_refusals.py::test_arrays_that_do_not_fit_are_named_and_nothing_changes",
        "style_weights/test_export_original.py::test_a_tuple_of_tensorflow_networks",
        "style_weights/test_export_original.py::test_a_dictionary_of_pytorch_modules",
    ),
    "mirrored pictures turn letters around, and are left in where flips were switched off": (
        "augmentations/test_ada.py::test_flips_can_be_left_out_alone",
        "augmentations/test_ada.py::test_the_option_decides_whether_a_discriminator_sees_mirrored_images",
    ),
    "pictures that are not square are stretched or cropped in silence": (
        "datasets/test_folder_remarks.py::test_what_each_framing_loses_of_pictures_that_are_not_square_is_said",
        "hub_export/test_sample.py::test_pictures_have_the_aspect_that_is_asked_for",
    ),
    "of few pictures a model draws near copies, and nobody looks": (
        "hub_export/test_neighbors.py::test_the_nearest_of_all_parts_is_found_with_its_own_nearest",
        "hub_export/test_neighbors.py::test_the_command_reads_the_modules_training_pictures_or_those_of_a_place",
        "evaluation/test_scorer.py::test_kid_comes_first_of_fewer_images_than_features",
    ),
    "path lengths of z or w, of whole paths or ends, truncated or not, are called the same": (
        f"{PATHS}::test_directions_between_latents_are_the_authors",
        f"{PATHS}::test_the_mean_of_lengths_is_the_authors",
        f"{PATHS}::test_of_a_linear_model_a_length_is_the_mean_squared_way_between_latents",
        f"{PATHS}::test_both_images_of_a_step_have_one_label_and_the_networks_own_noise",
        f"{PATHS}::test_columns_say_the_extractor_and_only_the_length_itself_is_a_score",
    ),
    "distances are to training images, and checkpoints are chosen by them": (
        "metrics/test_fid_variants.py::test_fid_to_the_training_images_is_best_of_copies_and_nothing_is_chosen_by_it",
        "datasets/test_image_folder.py::test_splits_are_folders",
    ),
    "an evaluation begins anew after hours, or seems to hang": (
        "evaluation/test_task.py::test_features_of_real_images_go_on_where_an_evaluation_was_interrupted",
        "commands/test_commands.py::test_from_tasks_to_export_and_a_second_run_does_nothing",
    ),
    "path length and R1 are confused, and one is never taken": (
        "gans/test_stylegan2.py::test_penalties_are_due_in_the_first_step_and_then_now_and_then",
    ),
    "a fade is not where the schedule has it": (
        "gans/test_growing.py::test_the_fade_of_a_step_is_the_schedules_and_real_images_fade_alike",
        "test_growing_schedule.py::test_every_step_has_the_published_level_of_detail_and_batch",
    ),
}


COLUMNS, CYCLES = "datasets/test_folder_columns.py", "gans/test_cyclegan.py"
TRANSLATE, REQUESTS = "hub_export/test_translate.py", "hub_export/test_translate_requests.py"
PROBLEMS |= {
    "a translation depends on the pictures beside it, or differs from call to call": (
        "hub_export/test_abilities.py::test_a_row_is_the_same_alone_and_in_a_batch_and_every_time",
        "evaluation/test_pairs.py::test_one_seed_is_one_output_alone_and_in_a_batch_and_without_a_seed_nothing_is_dropped",
        "evaluation/test_pairs.py::test_outputs_for_one_input_are_diverse_by_their_seeds_and_a_row_says_that_dropout_is_off_else",
    ),
    "of a folder only some pictures are translated, or some twice": (
        f"{TRANSLATE}::test_what_cannot_be_translated_is_listed_with_the_reason",
        f"{TRANSLATE}::test_names_are_those_of_the_pictures_and_nothing_is_overwritten_unasked",
    ),
    "pictures of other sizes come out smaller, or not at all": (
        f"{TRANSLATE}::test_outputs_have_the_sizes_of_their_pictures_to_the_pixel",
        f"{TRANSLATE}::test_a_picture_is_mirrored_at_its_edges",
        f"{TRANSLATE}::test_modules_that_enlarge_give_so_many_times_the_size",
        f"{TRANSLATE}::test_a_network_of_one_size_refuses_others_and_names_resize",
        "hub_export/test_any_size.py::test_a_picture_of_another_size_is_translated_as_the_network_does_it",
    ),
    "the network of the wrong direction is run": (
        f"{TRANSLATE}::test_of_two_ways_one_has_to_be_named",
        "hub_export/test_apply.py::test_the_first_line_printed_says_what_becomes_what",
        "evaluation/test_two_sets.py::test_the_module_translates_both_ways_and_says_so",
    ),
    "files of two folders that are no pairs are trained on as such, or pairs as none": (
        f"{COLUMNS}::test_each_file_without_a_partner_is_named_and_matched_takes_the_rest",
        f"{COLUMNS}::test_two_files_of_one_stem_are_refused_also_where_the_rest_is_taken",
        f"{COLUMNS}::test_an_unpaired_set_of_equal_names_is_told_of_in_one_line",
    ),
    "of pairs in one picture the wrong half is the input, or ordinary pictures are cut in two": (
        f"{COLUMNS}::test_the_order_of_halves_is_an_option_and_the_cut_is_said",
        f"{COLUMNS}::test_an_odd_width_is_refused_by_name",
        f"{COLUMNS}::test_ordinary_pictures_are_not_cut_in_two",
        "evaluation/test_pairs.py::test_a_dry_run_shows_pairs_as_trained",
    ),
    "the two pictures of a pair are cropped and mirrored apart": (
        f"{COLUMNS}::test_streams_that_belong_together_are_cropped_and_mirrored_alike",
        "datasets/test_streams.py::test_columns_of_one_source_share_the_mirror_and_others_do_not",
    ),
    "two sets of different sizes, of which nobody knows how often each was seen": (
        f"{COLUMNS}::test_two_unpaired_sets_of_different_sizes_are_parts",
        "datasets/test_streams.py::test_every_source_has_epochs_and_an_order_of_its_own",
        "evaluation/test_two_sets.py::test_each_direction_has_a_row_and_no_row_is_about_latents",
        "evaluation/test_two_sets.py::test_a_dry_run_counts_both_directions",
        "evaluation/test_two_sets.py::test_a_folder_of_one_picture_is_named_before_the_first_step",
    ),
    "gray, deep or transparent pictures turn into others": (
        f"{TRANSLATE}::test_a_gray_module_gives_gray_pictures",
        f"{TRANSLATE}::test_transparency_is_carried_over_and_colors_lie_over_white",
        f"{TRANSLATE}::test_what_cannot_be_translated_is_listed_with_the_reason",
    ),
    "photographs of a phone lie on their side": (
        f"{TRANSLATE}::test_all_eight_turns_of_a_camera_give_one_upright_output",
    ),
    "a black picture is written, and nobody says so": (
        f"{TRANSLATE}::test_what_cannot_be_translated_is_listed_with_the_reason",
        f"{TRANSLATE}::test_outputs_of_one_color_are_counted_and_programs_read_json",
    ),
    "a training that goes on begins its rate and its buffer of images anew": (
        f"{CYCLES}::test_buffers_are_part_of_the_state_and_discriminators_see_what_they_give",
        f"{CYCLES}::test_the_rate_falls_once_an_epoch_and_not_to_zero",
        "training/test_training.py::test_what_a_training_keeps_beside_its_networks_is_continued_to_the_bit",
        "datasets/test_streams.py::test_a_start_after_some_steps_gives_what_the_unbroken_run_reads_then",
    ),
    "a finished model is taken for other data, and its structure has to be typed again": (
        "task_folder/test_start_from.py::test_the_structure_of_the_networks_is_that_of_the_source",
        "task_folder/test_start_from.py::test_only_weights_are_taken_over_and_buffers_and_optimizers_begin_anew",
        "task_folder/test_start_from.py::test_networks_that_do_not_fit_are_refused_with_names_and_shapes",
    ),
    "tiles of a large picture have seams, and each a brightness of its own": (
        f"{REQUESTS}::test_tiles_give_what_the_whole_picture_gives",
        f"{REQUESTS}::test_a_picture_that_needs_more_memory_than_is_free_is_refused_with_the_figure",
        "hub_export/test_tiles.py::test_where_a_tile_would_differ_tiles_are_refused",
        "hub_export/test_any_size.py::test_an_upscaler_sees_no_further_than_it_says_and_gives_the_same_by_tiles",
    ),
    "more than one picture in a batch changes what a picture becomes": (
        f"{CYCLES}::test_instance_statistics_are_per_picture_at_any_batch_size",
        "gans/test_translators.py::test_instance_norm_of_training_is_per_picture_at_any_size_of_the_batch",
    ),
    "scores of translations are of few pictures, of some size, of a chosen checkpoint": (
        "evaluation/test_scorer.py::test_kid_comes_first_of_fewer_images_than_features",
        "evaluation/test_two_sets.py::test_each_direction_has_a_row_and_no_row_is_about_latents",
    ),
    "pictures of two resolutions do not fit, which is found in the middle of an epoch": (
        f"{COLUMNS}::test_pairs_that_do_not_fit_are_named",
        "gans/test_restoring.py::test_small_images_are_rounded_means_of_blocks_as_in_the_originals_inputs",
        "gans/test_restoring.py::test_small_images_of_the_data_set_are_read_if_they_have_the_size",
        "gans/test_restoring.py::test_a_zoom_that_does_not_fit_is_refused",
    ),
    "decibels of colors are held against those of luma without a border": (
        "paired_metrics/test_closed_forms.py::test_rgb_and_luma_are_decibels_apart",
        "paired_metrics/test_closed_forms.py::test_luma_leaves_four_pixels_of_border_out_and_no_more",
        "paired_metrics/test_panel.py::test_outputs_are_rounded_as_they_are_written_to_disk_before_they_are_compared",
        "paired_metrics/test_panel.py::test_psnr_says_in_its_column_what_of_and_none_is_called_psnr",
        "gans/test_baseline.py::test_bicubic_is_that_of_pictures_on_the_disk",
    ),
    "one folder too high: all domains are one": (
        f"{COLUMNS}::test_fewer_than_two_domains_are_refused_with_the_folders_that_were_seen",
        "gans/test_domains_and_texts.py::test_a_data_set_of_one_class_is_refused",
        f"{REQUESTS}::test_a_domain_is_asked_for_by_its_name",
        f"{REQUESTS}::test_attributes_that_are_not_asked_for_stay_as_they_are_seen",
    ),
    "attributes are written in a form that is not read as meant": (
        f"{COLUMNS}::test_values_of_attributes_are_read_in_three_forms_and_echoed",
        f"{COLUMNS}::test_attributes_that_exclude_each_other_are_known_and_those_that_do_not_are_counted",
        f"{COLUMNS}::test_a_table_that_does_not_fit_is_refused",
        "evaluation/test_attributes.py::test_a_judge_is_trained_once_and_says_how_often_it_is_right",
    ),
    "a style cannot be held over a folder, or read off an example": (
        f"{TRANSLATE}::test_styles_of_a_picture_depend_on_no_other_picture",
        f"{TRANSLATE}::test_one_style_is_held_over_a_folder",
        f"{REQUESTS}::test_a_style_is_read_off_an_example",
        "gans/test_translators.py::test_a_style_of_an_example_is_the_one_that_is_read_off_it",
    ),
    "white is the hole here and the rest there, and known pixels change": (
        f"{REQUESTS}::test_holes_are_filled_and_all_else_keeps_its_bytes",
        f"{REQUESTS}::test_known_pixels_are_the_pictures_own_also_where_the_network_has_another_size",
        f"{REQUESTS}::test_odd_masks_are_named_and_gray_ones_cut",
        "gans/test_restoring.py::test_known_pixels_come_back_bit_by_bit_and_the_hole_is_filled",
    ),
    "outputs are called by other names than their inputs, or lie over each other": (
        f"{TRANSLATE}::test_names_are_those_of_the_pictures_and_nothing_is_overwritten_unasked",
        f"{TRANSLATE}::test_mistakes_are_one_line",
    ),
    "every caption belongs to another picture, and training runs": (
        f"{COLUMNS}::test_attributes_and_captions_are_joined_by_name",
        f"{COLUMNS}::test_a_table_that_does_not_fit_is_refused",
        "evaluation/test_captions.py::test_a_matcher_finds_the_captions_of_real_images_and_no_others",
    ),
}


@functools.cache
def _tests(path):
    return {node.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if "name" in node._fields}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_problem_has_its_tests(problem, repository):
    for place in PROBLEMS[problem]:
        path, _, name = place.partition("::")
        assert name in _tests(repository / "tests" / path), place
