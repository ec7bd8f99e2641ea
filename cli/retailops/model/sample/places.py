"""Where the sample chain's stores are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class City:
    """A city of the sample chain; `code` begins the ids of its stores."""

    code: str
    zh: str
    en: str
    timezone: str = "Asia/Shanghai"


CITIES = {
    "east": (
        City("hz", "杭州", "Hangzhou"),
        City("sh", "上海", "Shanghai"),
        City("nj", "南京", "Nanjing"),
        City("su", "苏州", "Suzhou"),
        City("nb", "宁波", "Ningbo"),
    ),
    "north": (
        City("bj", "北京", "Beijing"),
        City("tj", "天津", "Tianjin"),
        City("jn", "济南", "Jinan"),
        City("dl", "大连", "Dalian"),
        City("qd", "青岛", "Qingdao"),
    ),
    "south": (
        City("gz", "广州", "Guangzhou"),
        City("sz", "深圳", "Shenzhen"),
        City("xm", "厦门", "Xiamen"),
        City("hk", "香港", "Hong Kong", "Asia/Hong_Kong"),
        City("mo", "澳门", "Macau", "Asia/Macau"),
    ),
    "west": (
        City("cd", "成都", "Chengdu"),
        City("cq", "重庆", "Chongqing"),
        City("xa", "西安", "Xi'an"),
        City("km", "昆明", "Kunming"),
        City("ur", "乌鲁木齐", "Urumqi", "Asia/Urumqi"),
    ),
}

STREETS = (
    ("文三路", "Wensan Road"),
    ("人民广场", "People's Square"),
    ("火车东站", "East Railway Station"),
    ("大学城", "University Town"),
    ("滨江", "Riverside"),
    ("中山路", "Zhongshan Road"),
    ("解放路", "Jiefang Road"),
    ("科技园", "Science Park"),
    ("老城门", "Old City Gate"),
    ("体育中心", "Sports Centre"),
    ("南门", "South Gate"),
    ("花园小区", "Garden Estate"),
    ("机场", "Airport"),
    ("妇幼医院", "Children's Hospital"),
    ("会展中心", "Exhibition Centre"),
    ("湖滨", "Lakeside"),
)
