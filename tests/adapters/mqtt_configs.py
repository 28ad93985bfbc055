"""Configs that several tests of MQTT begin with."""

TOPIC_LIGHT = {
    "platform": "light",
    "state_topic": "l/state",
    "command_topic": "l/set",
    "brightness_state_topic": "l/bri",
    "brightness_command_topic": "l/bri/set",
    "brightness_scale": 100,
    "rgb_state_topic": "l/rgb",
    "rgb_command_topic": "l/rgb/set",
    "color_temp_state_topic": "l/ct",
    "color_temp_command_topic": "l/ct/set",
}
CLIMATE = {
    "platform": "climate",
    "mode_state_topic": "c/mode",
    "mode_command_topic": "c/mode/set",
    "temperature_state_topic": "c/t",
    "temperature_command_topic": "c/t/set",
    "current_temperature_topic": "c/now",
    "modes": ["off", "heat", "cool"],
}
COVER = {
    "platform": "cover",
    "state_topic": "s/state",
    "command_topic": "s/set",
    "position_topic": "s/pos",
    "set_position_topic": "s/pos/set",
    "position_open": 0,
    "position_closed": 255,
}
