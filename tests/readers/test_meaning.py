"""What real files say of themselves, written down from their headers by eye, against what is read."""

from __future__ import annotations

import pytest
from instrument_files import real

from halodot import read
from halodot.readers import curves

#: file: kind, settings in SI as the header states them; of the first curve where there are several
STATED: dict[str, tuple[str, dict[str, str | float]]] = {
    # "2 Date/Time 05-14_13-05-22" has no year; "2 Spent Seconds 107.000000"
    "eqe_pv/25.57.eqe.txt": ("quantum_efficiency", {"acquisition_time": 107.0, "technique": "EQE"}),
    # slots 24/02/27 and 16:45:12: year, month, day
    "uvvis_perkinelmer_asc/3DM_test01.Probe.Raw.asc": (
        "absorption",
        {"date": "2024-02-27T16:45:12", "instrument": "PerkinElmer Lambda 1050", "serial_number": "1050L1611222"},
    ),
    "fl_perkinelmer_ls50/flu2.txt": (
        "photoluminescence",
        {"date": "2007-12-10T13:18:24", "excitation_wavelength": 350e-9, "bandwidth": 4.5e-9},
    ),
    # "Integration Time (usec): 20000 (USB4A00428)", GMT
    "ocean_optics/OOusb4000.txt": (
        "spectrum",
        {"instrument": "Ocean Optics USB4000", "integration_time": 0.02, "scans": 50.0, "boxcar": 30.0},
    ),
    # "Integration Time (sec): 2,000000E0", EET
    "ocean_optics/testscan_MAYP1127851_00001.txt": (
        "spectrum",
        {"integration_time": 2.0, "date": "2017-01-05T16:22:55+02:00"},
    ),
    # "Spectrometers: USB4C00008, Int Time: 200000"
    "ocean_optics/OceanOptics.spc": (
        "absorption",
        {"instrument": "Ocean Optics USB4000", "serial_number": "USB4C00008", "integration_time": 0.2, "scans": 5.0},
    ),
    # ".ACQUISITION TIME 400", "BOXCAR:0 ELECTRICAL DARK: false"
    "ocean_optics/OceanOptics_period.jdx": (
        "spectrum",
        {
            "instrument": "Ocean Optics",
            "integration_time": 0.4,
            "operator": "hugo",
            "boxcar": 0.0,
            "dark_corrected": 0.0,
        },
    ),
    "ftir_other/fitr_nitrocellulose.jdx": ("infrared", {"instrument": "Bruker IR Cube FTIR", "scans": 2048.0}),
    "pl_edinburgh/HZB_AlFl_20231009_Solarcells-Batch-2-varyHTL_1_0.pl.csv": (
        "photoluminescence",
        {"excitation_wavelength": 367e-9, "integration_time": 0.5, "temperature": 295.86, "bandwidth": 4.00275e-9},
    ),
    "pl_horiba_labspec/jobinyvon_test_spec_3s_eV.xml": (
        "photoluminescence",
        {"instrument": "HORIBA LabRAM HR Evol", "integration_time": 3.0, "date": "2022-08-19T09:20:51"},
    ),
    "plqy_luqy/100_40-1.abspl.txt": ("photoluminescence", {"integration_time": 0.01, "area": 1e-4}),
    # "#TimeHarp 260  Histogram Data 08/13/25 15:09:45": month first
    "trpl_picoquant_text/07-Si6505_10kHz-ND1-0.40uW-300s.trpl.dat": (
        "decay",
        {"instrument": "PicoQuant TimeHarp 260", "date": "2025-08-13T15:09:45", "time_resolution": 1e-9},
    ),
    "trpl_picoquant_binary/v30.thd": ("decay", {"instrument": "PicoQuant TimeHarp 200"}),
    # begun at 10:15:46, saved at 10:16:16
    "trpl_becker_hickl/IRF.sdt": ("decay", {"instrument": "Becker & Hickl SPC-150", "date": "2023-04-18T10:15:46"}),
    # MODEL = PE Spectrum 2000, SCANS = 16, DET = MIRTGS, RES = 4.
    "spc_galactic/Ft-ir.spc": (
        "infrared",
        {"instrument": "PerkinElmer Spectrum 2000", "scans": 16.0, "detector": "MIRTGS", "resolution": 400.0},
    ),
    # [SCAN PARAM] Integration Time=.10000E1
    "spc_galactic/HENE25.SPC": ("spectrum", {"integration_time": 1.0, "date": "2014-07-10T13:58:00"}),
    # Acquisition Time 4:26:37 PM on 8/8/2016, clock of the system 15:26:37 of Greenwich; Sample Time 3.5 us
    "tem_dm/test_STEM_image.dm3": (
        "micrograph",
        {"date": "2016-08-08T16:26:37+01:00", "integration_time": 3.5e-6, "instrument": "FEI Tecnai Remote"},
    ),
    "tem_ser/128x128-TEM_search_1.ser": (
        "micrograph",
        {"instrument": "FEI TalosF200X 200 kV D6308 XTwin", "tube_voltage": 2e5, "integration_time": 0.1},
    ),
    "tem_emd/velox_emd_v11_elementSelection.zip": ("micrograph", {"operator": "Tuan", "tube_voltage": 8e4}),
    "afm_nanoscope/di-5.di": ("topography", {"scan_direction": "reverse", "date": "2021-06-30T11:38:13"}),
    "afm_other/top-1.top": (
        "topography",
        {"scan_direction": "forward", "scan_rate": 1.628, "software": "WSxM 5.0 Develop 3.3"},
    ),
    "jv_keithley/HZB_MiGo_20230913_Batch-Test-1_0_0.notessfdsf.jv.txt": (
        "current_voltage",
        {"area": 1.6e-5, "irradiance": 1000.0, "integration_time": 0.02, "scan_direction": "reverse"},
    ),
    "jv_keithley/SE-ALM_RM_20231004_RM_KW40_0_8.jv.txt": (
        "current_voltage",
        {"date": "2023-11-30T17:30:54", "operator": "Rico", "integration_time": 0.1, "irradiance": 0.0},
    ),
    # "temperature": 20, "irradiance": 1000
    "jv_keithley/hzb_TestP_AA_1_c-1.1_JM261.jv.txt": (
        "current_voltage",
        {"temperature": 293.15, "irradiance": 1000.0, "area": 1.6e-5},
    ),
    # DATEMEASURED='04-Mar-2010 20:59:14', DRIVE='COUPLED', KV=45, MA=40
    "xrd_bruker/BT86_.UXD": (
        "x_ray_diffraction",
        {"technique": "coupled", "tube_voltage": 45e3, "tube_current": 0.04, "date": "2010-03-04T20:59:14"},
    ),
    "xrd_bruker/23-012-AG_2thomegascan_long.brml": (
        "x_ray_diffraction",
        {"tube_voltage": 4e4, "serial_number": "207133"},
    ),
    "xrd_other/ZnO-ALD-training_001_1_0-000_0-000.rasx": (
        "x_ray_diffraction",
        {"date": "2024-02-19T09:05:47+00:00", "tube_current": 0.03},
    ),
    # "Calibrated wavelength = 0.414581", "Temp (K) = 300.03"
    "xrd_other/example_bmb.xye": ("x_ray_diffraction", {"x_ray_wavelength": 0.414581e-10, "temperature": 300.03}),
    # Step Time=203, Number of Sweeps=2, Location=Scienta
    "xps_other/Ag_0001Ag__001.ibw": (
        "photoelectrons",
        {"integration_time": 0.203, "scans": 2.0, "pass_energy": 50.0, "instrument": "Scienta R3000-6MS014"},
    ),
    "xps_vamas/0-150W.vms": ("photoelectrons", {"photon_energy": 1486.69, "pass_energy": 160.0, "work_function": 4.5}),
    # 08.10.2024 15:04, 37 C at 15.0 K/min
    "tga/netzsch_example3.txt": (
        "thermogravimetry",
        {"date": "2024-10-08T15:04:00", "sample_mass": 4.28e-6, "heating_rate": 0.25},
    ),
    "tga/DF_FILED_STA_21O2_10K_220222_R1.ngb-ss3": (
        "thermogravimetry",
        {
            "software": "NETZSCH Proteus 8.0.3 (28.09.2022) 22263.301",
            "sample_mass": 4.06e-6,
            "crucible_mass": 153.73e-6,
        },
    ),
}


@pytest.mark.parametrize("name", STATED)
def test_settings_are_those_of_the_header(name: str) -> None:
    kind, stated = STATED[name]
    found = curves(read(real(name)))[0].attrs
    assert found["kind"] == kind
    for word, value in stated.items():
        assert found[word] == (pytest.approx(value, rel=1e-6) if isinstance(value, float) else value), word


def test_no_setting_of_a_real_file_is_a_number_that_is_none() -> None:
    for name in STATED:
        for one in curves(read(real(name))):
            assert all(value == value and value != "nan" for value in one.attrs.values()), name


def test_maps_of_elements_are_called_by_their_elements() -> None:
    found = curves(read(real("tem_emd/velox_emd_version11.zip")))
    labels = [one.attrs["curve"].rpartition(": ")[2] for one in found]
    assert sorted(labels[:5]) == ["C", "Ca", "Cu", "HAADF", "O"]
    assert [one.attrs["detector"] == "HAADF" for one in found] == [label == "HAADF" for label in labels]


def test_what_a_data_bank_does_not_know_is_no_instrument() -> None:
    assert "instrument" not in read(real("jcamp/toluene.jdx")).attrs  # SPECTROMETER/DATA SYSTEM=n.i.g.
