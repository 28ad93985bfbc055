"""What only tells, behind Zigbee2MQTT: a leak detector, a motion sensor and a bell."""

from __future__ import annotations

from simulators.mqtt_things import Config, ZigbeeThing


class LeakSensor(ZigbeeThing):
    """A water leak detector on a battery."""

    model = "SJCGQ11LM"
    leaking, battery_low, battery = False, False, 91

    def entities(self) -> dict[str, Config]:
        return {
            "binary_sensor/water_leak": {
                "device_class": "moisture",
                "payload_on": True,
                "payload_off": False,
                "value_template": "{{ value_json.water_leak }}",
            },
            "binary_sensor/battery_low": {
                "device_class": "battery",
                "payload_on": True,
                "payload_off": False,
                "value_template": "{{ value_json.battery_low }}",
            },
            "sensor/battery": {
                "device_class": "battery",
                "unit_of_measurement": "%",
                "value_template": "{{ value_json.battery }}",
            },
        }

    def state(self) -> Config:
        return {
            "water_leak": self.leaking,
            "battery_low": self.battery_low,
            "battery": self.battery,
        }


class MotionSensor(ZigbeeThing):
    """A motion sensor that measures light and warmth too."""

    model, maker = "RTCGQ11LM", "Aqara"
    occupied, illuminance, temperature = False, 12, 19.5

    def entities(self) -> dict[str, Config]:
        measured = {"illuminance": "lx", "temperature": "°C"}
        sensors = {
            f"sensor/{one}": {
                "device_class": one,
                "unit_of_measurement": unit,
                "value_template": f"{{{{ value_json.{one} }}}}",
            }
            for one, unit in measured.items()
        }
        return sensors | {
            "binary_sensor/occupancy": {
                "device_class": "motion",
                "payload_on": True,
                "payload_off": False,
                "value_template": "{{ value_json.occupancy }}",
            }
        }

    def state(self) -> Config:
        return {
            "occupancy": self.occupied,
            "illuminance": self.illuminance,
            "temperature": self.temperature,
        }


class Doorbell(ZigbeeThing):
    """A bell: it tells of presses as events, which are not retained."""

    model, maker = "WXKG11LM", "Aqara"

    def entities(self) -> dict[str, Config]:
        return {
            "event/action": {
                "name": None,
                "device_class": "doorbell",
                "event_types": ["single", "double", "hold"],
                "state_topic": f"{self.base}/action",
                "value_template": '{"event_type": "{{ value }}"}',
            }
        }

    def state(self) -> Config:
        return {}

    def press(self, how: str = "single") -> None:
        """Press it."""
        self.say(f"{self.base}/action", how, retain=False)
