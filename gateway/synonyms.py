"""What people call things, places and states: data, one row for what means the same.

The first column is English, the second all other languages; words of one phrase are joined by
underscores. Home Assistant's names for domains are among them.
"""

# What people call one thing: in English, in other languages, and the kinds that it usually is.
THINGS = (
    (
        "lamp light bulb lighting",
        "lampe lampen licht leuchte beleuchtung lámpara luz luces bombilla lumière éclairage"
        " lampadaire ampoule luce lampada verlichting ljus φως λάμπα свет лампа светильник"
        " 照明 台灯 灯 電気 ライト ランプ مصباح ضوء نور מנורה אור",
        "light",
    ),
    (
        "plug socket outlet switch power_point power_socket",
        "steckdose stecker schalter enchufe toma prise presa stopcontact розетка выключатель πρίζα"
        " 插座 コンセント スイッチ مقبس שקע",
        "switch",
    ),
    (
        "speaker loudspeaker music media media_player stereo hifi sonos radio soundbar homepod",
        "lautsprecher musik altavoz música enceinte haut_parleur musique cassa колонка музыка"
        " スピーカー 音箱 ηχείο سماعة רמקול",
        "media",
    ),
    (
        "tv television telly",
        "fernseher tele télé televisor televisión téléviseur televisie телевизор テレビ 电视"
        " τηλεόραση تلفاز טלוויזיה",
        "media",
    ),
    (
        "thermostat heating heater radiator climate heat",
        "heizung heizkörper calefacción calefactor radiador chauffage radiateur riscaldamento"
        " verwarming отопление радиатор термостат θέρμανση 暖房 ヒーター 暖气 تدفئة חימום",
        "climate",
    ),
    (
        "air_conditioning air_conditioner air_con aircon ac hvac cooling",
        "klimaanlage klima aire_acondicionado climatisation climatiseur clim condizionatore"
        " кондиционер エアコン 空调 冷房 κλιματιστικό مكيف מזגן",
        "climate",
    ),
    (
        "blind shade shutter roller cover curtain drape roller_blind roller_shutter"
        " window_covering",
        "jalousie rollo rolladen rollladen raffstore vorhang gardine persiana cortina estor volet"
        " rideau tapparella tenda rolluik gordijn жалюзи штора шторы занавеска κουρτίνα カーテン"
        " ブラインド 窗帘 ستارة תריס",
        "cover",
    ),
    ("awning canopy sunshade", "markise toldo", "cover"),
    (
        "lock door_lock deadbolt",
        "schloss türschloss cerradura serrure serratura замок κλειδαριά 鍵 锁 قفل מנעול",
        "lock",
    ),
    (
        "camera cam cctv webcam",
        "kamera cámara caméra telecamera камера κάμερα カメラ كاميرا מצלמה",
        "camera",
    ),
    (
        "motion presence occupancy movement motion_sensor motion_detector presence_sensor"
        " presence_detector occupancy_sensor pir",
        "bewegungsmelder bewegung präsenz movimiento presencia sensor_de_movimiento mouvement"
        " détecteur bewegingsmelder движение κίνηση 人感",
        "occupancy",
    ),
    (
        "contact contact_sensor door_sensor window_sensor binary_sensor",
        "kontakt contacto",
        "contact",
    ),
    ("sensor detector", "fühler センサー датчик", "measurement occupancy contact"),
    (
        "temperature temp thermometer",
        "temperatur termómetro temperatura thermomètre температура θερμοκρασία 温度",
        "measurement climate",
    ),
    ("humidity moisture", "feuchte feuchtigkeit humedad humidité влажность 湿度", "measurement"),
    ("air_quality air co2", "luft luftqualität", "measurement"),
    (
        "weather weather_station outdoor_temperature rain wind",
        "wetter wetterstation meteo",
        "measurement",
    ),
    ("meter power_meter electricity_meter smart_meter", "zähler contador compteur", "energy"),
    (
        "button remote push_button wall_switch remote_control",
        "taster fernbedienung botón bouton",
        "button",
    ),
    (
        "doorbell bell door_bell",
        "klingel timbre sonnette campanello звонок チャイム 门铃",
        "button",
    ),
    ("garage_door garage_opener", "garagentor", "garage"),
    ("gate gate_opener", "tor portón portail cancello", "garage"),
    ("leak leak_sensor water_sensor flood_sensor water_leak", "leck fuga fuite", "leak"),
    ("fan extractor_fan", "ventilator ventilador ventilateur lüfter вентилятор", "fan"),
    ("washing_machine washer", "waschmaschine lavadora lave_linge lavatrice wasmachine", ""),
    ("dryer tumble_dryer clothes_dryer", "trockner wäschetrockner secadora sèche_linge", ""),
    ("dishwasher", "spülmaschine geschirrspüler lavavajillas lave_vaisselle lavastoviglie", ""),
    (
        "fridge refrigerator icebox",
        "kühlschrank nevera frigorífico frigo réfrigérateur koelkast холодильник ψυγείο 冰箱 ثلاجة"
        " מקרר",
        "",
    ),
    ("freezer deep_freezer", "gefrierschrank gefriertruhe congelador congélateur", ""),
    (
        "coffee_machine coffee_maker espresso_machine",
        "kaffeemaschine cafetera machine_à_café cafetière кофеварка καφετιέρα",
        "",
    ),
    ("kettle", "wasserkocher hervidor bouilloire чайник", ""),
    ("oven stove hob cooker", "backofen horno", ""),
    ("extractor_hood cooker_hood range_hood hood", "dunstabzug abzugshaube campana hotte", ""),
    ("vacuum hoover vacuum_cleaner robot_vacuum", "staubsauger aspiradora aspirateur", ""),
    ("mower lawn_mower robot_mower lawnmower", "rasenmäher mähroboter cortacésped tondeuse", ""),
    ("sprinkler irrigation watering", "bewässerung riego arrosage", ""),
    ("pump jet blower", "pumpe bomba pompe pompa насос", "fan"),
    ("hot_tub spa jacuzzi whirlpool", "", "water"),
    ("pool swimming_pool", "schwimmbad piscina piscine", "water"),
    ("boiler water_heater hot_water", "warmwasser durchlauferhitzer", ""),
    ("treadmill running_machine", "laufband cinta_de_correr", "treadmill"),
    ("exercise_bike spinning_bike stationary_bike", "heimtrainer", ""),
    ("ev_charger car_charger wallbox charging_station", "ladestation", ""),
    ("solar pv photovoltaic inverter solar_inverter", "solaranlage wechselrichter", ""),
    ("router wifi wi_fi modem", "wlan", ""),
    ("printer", "drucker impresora imprimante принтер", ""),
    ("computer pc desktop", "rechner ordenador ordinateur", ""),
    ("projector beamer", "proyector projecteur", ""),
    ("fireplace fire", "kamin chimenea cheminée", ""),
    ("aquarium fish_tank", "acuario", ""),
    ("umbrella parasol", "sonnenschirm sombrilla", ""),
    ("sofa couch settee", "canapé", ""),
    ("bedside nightstand night_table bedside_table", "nachttisch mesita chevet", ""),
    ("wardrobe closet", "kleiderschrank armario armoire", ""),
    ("bookshelf bookcase", "bücherregal", ""),
    ("spot spotlight downlight", "strahler", ""),
    ("strip led_strip light_strip lightstrip", "lichtband", ""),
    ("door", "tür puerta porte porta deur дверь πόρτα ドア 门 باب דלת", ""),
    ("window", "fenster ventana fenêtre finestra raam окно παράθυρο 窓 窗 نافذة חלון", ""),
    ("ceiling", "decke techo plafond soffitto", ""),
    ("left l", "links izquierda izquierdo gauche sinistra слева левый 左", ""),
    ("right r", "rechts derecha derecho droite destra справа правый 右", ""),
    ("front", "vorne delantero avant", ""),
    ("back rear", "hinten trasero arrière", ""),
    ("outdoor outside exterior", "außen extérieur", ""),
    ("guest", "gast gäste invitado ami ospite", ""),
)

# What people call one part of a home: in English, and in other languages.
PLACES = (
    (
        "living_room lounge sitting_room family_room",
        "wohnzimmer stube salón sala séjour soggiorno woonkamer гостиная σαλόνι 客厅 居間 リビング"
        " صالون סלון",
    ),
    (
        "kitchen",
        "küche cocina cuisine cucina keuken кухня κουζίνα 厨房 台所 キッチン مطبخ מטבח",
    ),
    (
        "bedroom bed_room",
        "schlafzimmer dormitorio chambre camera_da_letto slaapkamer спальня υπνοδωμάτιο 卧室 寝室",
    ),
    (
        "bathroom bath",
        "bad badezimmer baño salle_de_bain bagno badkamer ванная μπάνιο 浴室 حمام",
    ),
    (
        "toilet wc loo lavatory restroom washroom",
        "klo gäste_wc aseo toilette туалет トイレ 厕所",
    ),
    ("hallway hall corridor landing passage", "flur diele gang pasillo couloir коридор 玄関"),
    ("entrance entry foyer", "eingang entrada entrée ingresso είσοδος вход 入口"),
    ("dining_room", "esszimmer comedor salle_à_manger eetkamer столовая"),
    (
        "office study home_office den",
        "büro arbeitszimmer oficina despacho bureau ufficio kantoor кабинет γραφείο 书房 書斎",
    ),
    ("kid child children nursery playroom", "kinderzimmer"),
    ("basement cellar", "keller sótano cantina kelder подвал"),
    ("attic loft", "dachboden desván ático grenier soffitta zolder"),
    ("garden yard backyard lawn", "garten jardín jardin giardino tuin сад κήπος 庭 花园"),
    ("terrace patio deck veranda porch", "terrasse terraza terrazza terras"),
    ("balcony", "balkon balcón балкон"),
    ("laundry laundry_room utility_room", "waschküche hauswirtschaftsraum lavadero buanderie"),
    ("gym fitness_room workout_room exercise_room", "fitnessraum gimnasio"),
    ("cinema home_cinema theater theatre home_theater movie_room media_room", "kino"),
    ("garage carport", "garaje"),
    ("driveway drive", "auffahrt einfahrt"),
    ("workshop", "werkstatt taller atelier"),
    ("upstairs upper_floor first_floor second_floor", "obergeschoss"),
    ("downstairs ground_floor", "erdgeschoss"),
    ("stair staircase stairwell stairway", "treppe treppenhaus escalera escalier"),
)

# What is asked about a device, the kinds that have such a state, and how much the word tells.
STATES = (
    (
        "closed close open opened shut ajar offen geschlossen auf zu abierto abierta cerrado"
        " cerrada ouvert ouverte fermé fermée",
        "garage cover contact",
        0.8,
    ),
    ("locked unlocked unlock abgeschlossen verriegelt verrouillé verrouillée", "lock", 1.0),
    (
        "playing play paused pause volume song track muted mute listening louder quieter spielt"
        " joue suena",
        "media",
        0.8,
    ),
    (
        "warm warmer cold colder hot hotter cool degree celsius fahrenheit kalt frío caliente chaud"
        " froid",
        "measurement climate",
        0.8,
    ),
    ("humid damp", "measurement", 0.8),
    ("somebody someone anybody anyone nobody occupied jemand alguien", "occupancy", 0.8),
    ("watt kwh power energy consumption electricity strom verbrauch", "energy", 0.6),
    ("bright brightness dim dimmed dimmer hell", "light", 0.6),
    ("wet leaking flooded", "leak", 0.8),
    (
        "on off running switch_on switch_off switched_on switched_off aus"
        " encendido encendida apagado apagada allumé allumée éteint",
        "light switch media climate fan treadmill",
        0.3,
    ),
)
