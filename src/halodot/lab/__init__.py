"""From what instruments measured to numbers with uncertainties: one analysis a measurement."""

from halodot.lab.choices import as_text as as_text
from halodot.lab.choices import chosen as chosen
from halodot.lab.findings import Analysis as Analysis
from halodot.lab.findings import Finding as Finding
from halodot.lab.method import Method as Method
from halodot.lab.method import all_methods as all_methods
from halodot.lab.method import method_named as method_named
from halodot.lab.methods._device_set import DevicesSettings as DevicesSettings
from halodot.lab.methods.devices import devices as devices
from halodot.lab.methods.ftir import FtirSettings as FtirSettings
from halodot.lab.methods.ftir import ftir as ftir
from halodot.lab.methods.jvl import JvlSettings as JvlSettings
from halodot.lab.methods.jvl import jvl as jvl
from halodot.lab.methods.lifetime import LifetimeSettings as LifetimeSettings
from halodot.lab.methods.lifetime import lifetime as lifetime
from halodot.lab.methods.pl import PlSettings as PlSettings
from halodot.lab.methods.pl import pl as pl
from halodot.lab.methods.sclc import SclcSettings as SclcSettings
from halodot.lab.methods.sclc import sclc as sclc
from halodot.lab.methods.tga import TgaSettings as TgaSettings
from halodot.lab.methods.tga import tga as tga
from halodot.lab.methods.trpl import TrplSettings as TrplSettings
from halodot.lab.methods.trpl import trpl as trpl
from halodot.lab.methods.uv_vis import UvVisSettings as UvVisSettings
from halodot.lab.methods.uv_vis import uv_vis as uv_vis
