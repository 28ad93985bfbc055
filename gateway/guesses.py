"""What unclaimed things look like: a table from what they say to what they probably are.

The mDNS types and SSDP targets are those in the IANA registry of service names, in Home
Assistant's generated lists (homeassistant/generated/zeroconf.py and ssdp.py) and in the UPnP
Forum's device descriptions; the pool controller's is nodejs-poolController's.
"""

from dataclasses import dataclass

from gateway.adapter import Sighting


@dataclass(frozen=True, slots=True)
class Kind:
    """Words for one kind of thing, and what it gives itself away by.

    `mdns` are types without ".local."; `ssdp` are parts of a target, `server` of the SERVER
    header and `named` the beginning of an mDNS name, all in lower case.
    """

    words: str
    maker: str = ""
    mdns: tuple[str, ...] = ()
    ssdp: tuple[str, ...] = ()
    server: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def fits(self, sighting: Sighting) -> bool:
        """Say whether a sighting looks like this kind."""
        what = sighting.what.casefold()
        if sighting.source == "mdns":
            name = sighting.facts.get("name", "").casefold()
            return what.removesuffix(".local.") in self.mdns or name.startswith(self.named)
        if sighting.source == "ssdp":
            server = sighting.facts.get("server", "").casefold()
            return any(part in what for part in self.ssdp) or any(
                part in server for part in self.server
            )
        return False


# The first that fits counts: from what is one thing only to what could be anything.
KINDS = (
    Kind("a pool controller", mdns=("_poolcontroller._tcp",), ssdp=(":poolcontroller:",)),
    Kind("a pool controller", "Pentair", mdns=("_pentair._tcp",), named=("pentair",)),
    Kind("a fitness machine", mdns=("_wahoo-fitness-tnp._tcp",)),
    Kind("a Hue bridge", "Philips Hue", mdns=("_hue._tcp",), server=("ipbridge",)),
    Kind("a Sonos player", "Sonos", ("_sonos._tcp",), (":zoneplayer:",), ("sonos/",)),
    Kind("a Roku player", "Roku", ssdp=("roku:ecp",), server=("roku/",)),
    Kind("a Wemo switch", "Belkin", ssdp=("urn:belkin:device",)),
    Kind("a Harmony hub", "Logitech", ssdp=(":harmony:",)),
    Kind("a FRITZ!Box", "AVM", ssdp=("device:fritzbox:",), server=("fritz!box",)),
    Kind("a HEOS player", "Denon", ssdp=("schemas-denon-com:",)),
    Kind("a Samsung TV", "Samsung", ssdp=("urn:samsung.com:device",)),
    Kind("an LG TV", "LG", ssdp=("urn:lge-com:",)),
    Kind("a Sony player or TV", "Sony", ssdp=("schemas-sony-com:",)),
    Kind("a Vizio TV", "Vizio", mdns=("_viziocast._tcp",)),
    Kind("a SoundTouch player", "Bose", mdns=("_soundtouch._tcp",)),
    Kind("a Bang & Olufsen player", "Bang & Olufsen", mdns=("_bangolufsen._tcp",)),
    Kind("a Devialet speaker", "Devialet", mdns=("_devialet-http._tcp",)),
    Kind("a Volumio player", "Volumio", mdns=("_volumio._tcp",)),
    Kind("a Shelly device", "Shelly", mdns=("_shelly._tcp",), named=("shelly",)),
    Kind("a WLED light", "WLED", mdns=("_wled._tcp",)),
    Kind("an Elgato light", "Elgato", mdns=("_elg._tcp",)),
    Kind("Nanoleaf panels", "Nanoleaf", mdns=("_nanoleafapi._tcp", "_nanoleafms._tcp")),
    Kind("an ESPHome device", "ESPHome", mdns=("_esphomelib._tcp",)),
    Kind("a Bond bridge", "Bond", mdns=("_bond._tcp",)),
    Kind("a Lutron bridge", "Lutron", mdns=("_lutron._tcp",)),
    Kind("a shade hub", "Hunter Douglas", mdns=("_powerview._tcp", "_powerview-g3._tcp")),
    Kind("a Somfy hub", "Somfy", mdns=("_kizbox._tcp", "_kizboxdev._tcp")),
    Kind("an ecobee thermostat", "ecobee", mdns=("_ecobee._tcp",)),
    Kind("a Daikin air conditioner", "Daikin", mdns=("_dkapi._tcp",)),
    Kind("an energy meter", "HomeWizard", mdns=("_hwenergy._tcp",)),
    Kind("a solar gateway", "Enphase", mdns=("_enphase-envoy._tcp",)),
    Kind("a Xiaomi device", "Xiaomi", mdns=("_miio._udp",)),
    Kind("a devolo device", "devolo", mdns=("_dvl-deviceapi._tcp",)),
    Kind("a Rachio sprinkler controller", "Rachio", named=("rachio",)),
    Kind("a RainMachine sprinkler controller", "RainMachine", named=("rainmachine",)),
    Kind("an Axis camera", "Axis", mdns=("_axis-video._tcp",)),
    Kind("a camera", mdns=("_rtsp._tcp",), ssdp=(":digitalsecuritycamera:",)),
    Kind("a Zigbee gateway", mdns=("_slzb-06._tcp", "_uzg-01._tcp", "_zigstar_gw._tcp")),
    Kind("a Z-Wave server", mdns=("_zwave-js-server._tcp",)),
    Kind("a Thread border router", mdns=("_meshcop._udp",)),
    Kind("a Matter device that waits to be set up", mdns=("_matterc._udp",)),
    Kind("a Matter device", mdns=("_matter._tcp",)),
    Kind("a HomeKit accessory", mdns=("_hap._tcp", "_hap._udp")),
    Kind("Home Assistant", mdns=("_home-assistant._tcp",)),
    Kind("an MQTT broker", mdns=("_mqtt._tcp", "_secure-mqtt._tcp")),
    Kind(
        "a printer",
        mdns=("_ipp._tcp", "_ipps._tcp", "_printer._tcp", "_pdl-datastream._tcp"),
        ssdp=(":printer:",),
    ),
    Kind("a scanner", mdns=("_scanner._tcp", "_uscan._tcp", "_uscans._tcp")),
    Kind("a 3D printer", mdns=("_octoprint._tcp",)),
    Kind("a Synology file server", "Synology", server=("synology",)),
    Kind("a Plex server", "Plex", mdns=("_plexmediasvr._tcp",), server=("plex",)),
    Kind("a Kodi player", "Kodi", mdns=("_xbmc-jsonrpc-h._tcp",), server=("kodi",)),
    Kind("a router", ssdp=(":internetgatewaydevice:",)),
    Kind("a Wi-Fi access point", ssdp=(":wlanaccesspointdevice:",)),
    Kind("a heating or cooling system", ssdp=(":hvac_system:",)),
    Kind("a light", ssdp=(":dimmablelight:", ":binarylight:")),
    Kind("an Android TV", mdns=("_androidtvremote2._tcp",)),
    Kind("a Chromecast or a speaker with Google Cast", "Google", mdns=("_googlecast._tcp",)),
    Kind("an AirPlay player", mdns=("_airplay._tcp", "_raop._tcp")),
    Kind("a player with Spotify", mdns=("_spotify-connect._tcp",)),
    Kind("a TV or player", ssdp=(":dial-multiscreen-org:", ":dial:")),
    Kind("a media player", ssdp=(":mediarenderer:",)),
    Kind("a media server", mdns=("_daap._tcp",), ssdp=(":mediaserver:",)),
    Kind("an uninterruptible power supply", mdns=("_nut._tcp",)),
    Kind("an Apple device", "Apple", mdns=("_companion-link._tcp", "_apple-mobdev2._tcp")),
    Kind("a file server", mdns=("_smb._tcp", "_afpovertcp._tcp", "_nfs._tcp")),
    Kind("a computer", mdns=("_workstation._tcp", "_ssh._tcp", "_sftp-ssh._tcp", "_rfb._tcp")),
    Kind("something with a web page", mdns=("_http._tcp", "_https._tcp")),
)
NOTHING = len(KINDS)

MAKER = ("manufacturer", "vendor", "mf", "usb_mfg")
MODEL = ("model", "md", "modelid", "am", "ty", "usb_mdl", "product")
NAME = ("fn", "name")


def rank(sighting: Sighting) -> int:
    """Return the place of the first kind that a sighting looks like; NOTHING if none."""
    return next((place for place, kind in enumerate(KINDS) if kind.fits(sighting)), NOTHING)


def first_of(keys: tuple[str, ...], sighting: Sighting) -> str:
    """Return what a sighting's first key of these says; empty if none."""
    return next((sighting.facts[key] for key in keys if sighting.facts.get(key)), "")
